"""Legacy parameters: what they mean, and AWS's texts where they are wrong."""

from typing import Any

import pytest

from globaltables.expressions import legacy
from globaltables.foundation.errors import ApiError
from globaltables.items.values import Item
from globaltables.tables.definitions import KeyAttribute, KeySchema

ITEM: Item = {
    "s": {"S": "hello"},
    "n": {"N": "5"},
    "ss": {"SS": ["a", "b"]},
    "l": {"L": [{"N": "2"}]},
    "m": {"M": {"x": {"N": "1"}}},
}
_INVALID = "One or more parameter values were invalid: "


def _comparison(operator: str, *values: Any) -> dict[str, Any]:
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


def _n(number: str) -> dict[str, str]:
    return {"N": number}


@pytest.mark.parametrize(
    ("name", "condition", "holds"),
    [
        ("s", _comparison("EQ", {"S": "hello"}), True),
        ("ss", _comparison("EQ", {"SS": ["b", "a"]}), True),
        ("m", _comparison("EQ", {"M": {"x": _n("1.0")}}), True),
        ("gone", _comparison("EQ", _n("1")), False),
        ("s", _comparison("NE", _n("1")), True),
        ("gone", _comparison("NE", _n("1")), True),
        ("n", _comparison("LT", _n("6")), True),
        ("n", _comparison("LE", _n("5.0")), True),
        ("n", _comparison("GT", _n("5")), False),
        ("n", _comparison("GE", _n("5")), True),
        ("n", _comparison("GE", {"S": "5"}), False),
        ("n", _comparison("BETWEEN", _n("1"), _n("9")), True),
        ("n", _comparison("IN", _n("1"), _n("5")), True),
        ("n", _comparison("IN", _n("1")), False),
        ("s", _comparison("BEGINS_WITH", {"S": "he"}), True),
        ("s", _comparison("CONTAINS", {"S": "ell"}), True),
        ("ss", _comparison("CONTAINS", {"S": "a"}), True),
        ("l", _comparison("CONTAINS", _n("2")), True),
        ("s", _comparison("NOT_CONTAINS", {"S": "ell"}), False),
        ("s", _comparison("NOT_CONTAINS", _n("1")), True),
        ("gone", _comparison("NOT_CONTAINS", _n("1")), False),
        ("gone", _comparison("CONTAINS", _n("1")), False),
        ("s", {"ComparisonOperator": "NOT_NULL"}, True),
        ("s", {"ComparisonOperator": "NULL"}, False),
        ("gone", {"ComparisonOperator": "NULL"}, True),
    ],
)
def test_comparison_on_an_item_holds_or_not(
    name: str,
    condition: dict[str, Any],
    holds: bool,  # noqa: FBT001
) -> None:
    """Every legacy comparison means what it means on AWS, in filters and in Expected."""
    for compiled in (
        legacy.condition_from_filter({name: condition}),
        legacy.condition_from_expected({name: condition}),
    ):
        assert compiled is not None
        assert holds is compiled.test(ITEM, {})
        assert {name} == compiled.top_level_attributes


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"Value": {"N": "5"}}, True),
        ({"Value": {"N": "6"}}, False),
        ({"Exists": True, "Value": {"N": "5.0"}}, True),
        ({"Exists": False}, False),
        ({"ComparisonOperator": "GT", "Value": {"N": "4"}}, True),
    ],
)
def test_expected_value_holds_or_not(condition: dict[str, Any], holds: bool) -> None:  # noqa: FBT001
    """Expected has an older form with Value and Exists."""
    compiled = legacy.condition_from_expected({"n": condition})
    assert compiled is not None
    assert holds is compiled.test(ITEM, {})


def test_conditional_operator_joins_conditions() -> None:
    """AND is the default."""
    conditions = {"n": _comparison("EQ", _n("5")), "s": _comparison("EQ", _n("5"))}
    both = legacy.condition_from_expected(conditions)
    either = legacy.condition_from_expected(conditions, "OR")
    assert both is not None
    assert either is not None
    assert not both.test(ITEM, {})
    assert either.test(ITEM, {})


def test_conditions_without_members_are_none() -> None:
    """An empty map asks for nothing."""
    assert legacy.condition_from_expected({}) is None
    assert legacy.condition_from_filter({}) is None


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ({}, "Value must be provided when Exists is null for Attribute: a"),
        ({"Exists": True}, "Value must be provided when Exists is true for Attribute: a"),
        (
            {"Exists": False, "Value": {"S": "a"}},
            "Value cannot be used when Exists is false for Attribute: a",
        ),
        (
            {"ComparisonOperator": "LT"},
            "Value or AttributeValueList must be used with ComparisonOperator: LT for Attribute: a",
        ),
        (
            {"Exists": True, "ComparisonOperator": "LT"},
            "Exists and ComparisonOperator cannot be used together for Attribute: a",
        ),
        (
            {"AttributeValueList": [{"S": "a"}], "Value": {"S": "a"}, "ComparisonOperator": "LT"},
            "Value and AttributeValueList cannot be used together for Attribute: a",
        ),
        (
            {"Exists": True, "AttributeValueList": [{"S": "a"}]},
            "AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
        ),
        (
            {"Value": {"S": "a"}, "ComparisonOperator": "NULL"},
            "Invalid number of argument(s) for the NULL ComparisonOperator",
        ),
        (
            {"Value": {"S": "a"}, "ComparisonOperator": "BETWEEN"},
            "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
        ),
        (_comparison("IN"), "Invalid number of argument(s) for the IN ComparisonOperator"),
    ],
)
def test_expected_wrong_is_refused(condition: dict[str, Any], reason: str) -> None:
    """The two forms cannot be mixed, and every operator has its number of values."""
    with pytest.raises(ApiError) as caught:
        legacy.condition_from_expected({"a": condition})
    assert _INVALID + reason == caught.value.message


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (
            _comparison("EQ"),
            _INVALID + "Invalid number of argument(s) for the EQ ComparisonOperator",
        ),
        (
            _comparison("EQ", {}, {"S": ""}),
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        ),
        (
            _comparison("EQ", _n("1"), {"SS": []}, {}),
            _INVALID + "An string set  may not be empty",
        ),
        (
            _comparison("IN", {"S": "b"}, _n("1")),
            _INVALID + "AttributeValues inside AttributeValueList must be of same type",
        ),
        (
            _comparison("LT", {"BOOL": True}),
            _INVALID + "ComparisonOperator LT is not valid for BOOL AttributeValue type",
        ),
        (
            _comparison("CONTAINS", {"SS": ["a"]}),
            _INVALID + "ComparisonOperator CONTAINS is not valid for SS AttributeValue type",
        ),
        (
            _comparison("BEGINS_WITH", _n("1")),
            _INVALID + "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type",
        ),
        (
            _comparison("BETWEEN", {"L": []}, {"L": []}),
            _INVALID + "ComparisonOperator BETWEEN is not valid for L AttributeValue type",
        ),
        (
            _comparison("BETWEEN", {"S": "b"}, {"S": "a"}),
            "The BETWEEN condition was provided a range where the lower bound is greater than "
            "the upper bound",
        ),
    ],
)
def test_comparison_wrong_is_refused(condition: dict[str, Any], message: str) -> None:
    """Values are checked, then their number, then their types, in filters and key conditions."""
    for read in (legacy.condition_from_filter, legacy.key_condition_from_conditions):
        with pytest.raises(ApiError) as caught:
            read({"a": condition})
        assert message == caught.value.message


def test_key_conditions_are_bound() -> None:
    """KeyConditions say the same as a key condition expression."""
    schema = KeySchema((KeyAttribute("pk", "S"),), (KeyAttribute("sk", "N"),))
    condition = legacy.key_condition_from_conditions(
        {"sk": _comparison("BETWEEN", _n("01"), _n("9")), "pk": _comparison("EQ", {"S": "a"})}
    )
    bound = condition.bind({}, schema)
    assert {"pk": {"S": "a"}} == bound.hash
    assert ("sk", "BETWEEN", ({"N": "1"}, {"N": "9"})) == (
        bound.attribute,
        bound.operator,
        bound.operands,
    )


@pytest.mark.parametrize(
    "condition",
    [
        {"ComparisonOperator": "NULL"},
        _comparison("NE", {"S": "a"}),
        _comparison("IN", {"S": "a"}),
        _comparison("CONTAINS", {"S": "a"}),
    ],
)
def test_key_condition_that_is_no_range_is_refused(condition: dict[str, Any]) -> None:
    """Some comparisons cannot be looked up."""
    bare = legacy.key_condition_from_conditions({"pk": condition})
    with pytest.raises(ApiError) as caught:
        bare.bind({}, KeySchema((KeyAttribute("pk", "S"),)))
    message = "Attempted conditional constraint is not an indexable operation"
    assert message == caught.value.message


@pytest.mark.parametrize("count", [0, 3])
def test_key_conditions_of_another_number_are_refused(count: int) -> None:
    """KeyConditions have one or two members."""
    conditions = {f"a{i}": {"ComparisonOperator": "NULL"} for i in range(count)}
    with pytest.raises(ApiError, match="Conditions can be of length 1 or 2 only"):
        legacy.key_condition_from_conditions(conditions)


@pytest.mark.parametrize(
    ("item", "update", "expected"),
    [
        ({}, {"Value": {"S": "x"}}, {"a": {"S": "x"}}),
        ({"a": _n("1")}, {"Action": "PUT", "Value": _n("02")}, {"a": _n("2")}),
        ({"a": _n("1")}, {"Action": "DELETE"}, {}),
        ({}, {"Action": "DELETE"}, {}),
        ({"a": _n("1")}, {"Action": "ADD", "Value": _n("2")}, {"a": _n("3")}),
        ({}, {"Action": "ADD", "Value": _n("2")}, {"a": _n("2")}),
        ({}, {"Action": "ADD", "Value": {"SS": ["x"]}}, {"a": {"SS": ["x"]}}),
        (
            {"a": {"SS": ["y"]}},
            {"Action": "ADD", "Value": {"SS": ["x"]}},
            {"a": {"SS": ["y", "x"]}},
        ),
        (
            {"a": {"L": [_n("1")]}},
            {"Action": "ADD", "Value": {"L": [_n("1")]}},
            {"a": {"L": [_n("1")] * 2}},
        ),
        ({}, {"Action": "ADD", "Value": {"L": [_n("1")]}}, {"a": {"L": [_n("1")]}}),
        (
            {"a": {"SS": ["x", "y"]}},
            {"Action": "DELETE", "Value": {"SS": ["x"]}},
            {"a": {"SS": ["y"]}},
        ),
        ({"a": {"SS": ["x"]}}, {"Action": "DELETE", "Value": {"SS": ["x"]}}, {}),
        ({}, {"Action": "DELETE", "Value": {"SS": ["x"]}}, {}),
    ],
)
def test_attribute_update_changes_an_item(
    item: Item, update: dict[str, Any], expected: Item
) -> None:
    """PUT, ADD (also to lists) and DELETE do what they do on AWS."""
    compiled = legacy.update_from_attribute_updates({"a": update})
    assert expected == compiled.apply(item, {})
    assert ("a",) == compiled.top_level_targets


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        ({}, "Only DELETE action is allowed when no attribute value is specified"),
        ({"Action": "ADD"}, "Only DELETE action is allowed when no attribute value is specified"),
        (
            {"Action": "DELETE", "Value": {"S": "1"}},
            "DELETE action with value is not supported for the type S",
        ),
        ({"Action": "ADD", "Value": {"M": {}}}, "ADD action is not supported for the type M"),
        ({"Action": "ADD", "Value": {"B": "Yg=="}}, "ADD action is not supported for the type B"),
    ],
)
def test_attribute_update_wrong_is_refused(update: dict[str, Any], reason: str) -> None:
    """Actions have their types."""
    with pytest.raises(ApiError) as caught:
        legacy.update_from_attribute_updates({"a": update})
    assert _INVALID + reason == caught.value.message


@pytest.mark.parametrize(
    "update",
    [
        {"Action": "DELETE", "Value": {"NS": ["1"]}},
        {"Action": "ADD", "Value": {"NS": ["1"]}},
        {"Action": "ADD", "Value": {"N": "1"}},
    ],
)
def test_attribute_update_of_another_type_is_refused(update: dict[str, Any]) -> None:
    """The item's attribute has to be of the type of the value."""
    compiled = legacy.update_from_attribute_updates({"ss": update})
    with pytest.raises(ApiError, match="Type mismatch for attribute to update"):
        compiled.apply(ITEM, {})


def test_only_deletes_add_nothing() -> None:
    """An update without members does make an item, one of deletes does not."""
    assert legacy.update_from_attribute_updates({"a": {"Action": "DELETE"}}).only_removes
    assert not legacy.update_from_attribute_updates({}).only_removes


def test_attributes_to_get_are_projected() -> None:
    """Names are taken as they are; none may come twice."""
    projection = legacy.projection_from_attributes(["s", "gone", "n"])
    assert {"s": ITEM["s"], "n": ITEM["n"]} == projection.project(ITEM)
    with pytest.raises(ApiError) as caught:
        legacy.projection_from_attributes(["a", "b", "a"])
    assert _INVALID + "Duplicate value in attribute name: a" == caught.value.message
