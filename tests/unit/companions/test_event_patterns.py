"""The filter language of events: what matches, and what is no pattern."""

import json
from typing import Any

import pytest

from globaltables.companions.event_patterns import parse_pattern
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import EVENT_PATTERN_DEPTH_MAX


def _refuse(reason: str) -> ApiError:
    return ApiError("Refused", reason)


def _matches(pattern: Any, event: dict[str, Any]) -> bool:
    return parse_pattern(json.dumps(pattern), _refuse).matches(event)


@pytest.mark.parametrize(
    ("accepted", "value", "expected"),
    [
        (["a"], "a", True),
        (["a"], "A", False),
        (["a", "b"], "b", True),
        (["a"], ["x", "a"], True),
        (["a"], [["x"], ["a"]], True),
        (["a"], [], False),
        ([300], 3.0e2, True),
        ([300], "300", False),
        ([1], True, False),
        ([True], True, True),
        ([True], "true", False),
        ([None], None, True),
        ([None], "", False),
        ([""], "", True),
        ([{"prefix": "us-"}], "us-east-1", True),
        ([{"prefix": "us-"}], "eu-west-1", False),
        ([{"prefix": "5"}], 55, False),
        ([{"prefix": {"equals-ignore-case": "EventB"}}], "eventbridge", True),
        ([{"suffix": ".png"}], "a.png", True),
        ([{"suffix": {"equals-ignore-case": ".PNG"}}], "a.png", True),
        ([{"equals-ignore-case": "ALICE"}], "alice", True),
        ([{"equals-ignore-case": "ALICE"}], "alicia", False),
        ([{"anything-but": "a"}], "b", True),
        ([{"anything-but": "a"}], "a", False),
        ([{"anything-but": "a"}], ["a", "b"], True),
        ([{"anything-but": "a"}], 7, True),
        ([{"anything-but": ["a", "b"]}], "b", False),
        ([{"anything-but": 7}], 7.0, False),
        ([{"anything-but": [7, 8]}], 9, True),
        ([{"anything-but": {"prefix": "init"}}], "initial", False),
        ([{"anything-but": {"prefix": ["in", "out"]}}], "output", False),
        ([{"anything-but": {"suffix": ".txt"}}], "a.png", True),
        ([{"anything-but": {"equals-ignore-case": ["A", "B"]}}], "b", False),
        ([{"anything-but": {"wildcard": "*/lib/*"}}], "a/lib/b", False),
        ([{"numeric": ["=", 5]}], 5, True),
        ([{"numeric": [">", 0, "<=", 5]}], 5, True),
        ([{"numeric": [">", 0, "<=", 5]}], 0, False),
        ([{"numeric": ["<", 5]}], "4", False),
        ([{"exists": True}], "a", True),
        ([{"exists": True}], None, True),
        ([{"exists": True}], {"b": 1}, False),
        ([{"exists": False}], "a", False),
        ([{"cidr": "10.0.0.0/24"}], "10.0.0.255", True),
        ([{"cidr": "10.0.0.0/24"}], "10.0.1.0", False),
        ([{"cidr": "2001:db8::/32"}], "2001:db8::1", True),
        ([{"cidr": "10.0.0.0/24"}], "ten", False),
        ([{"wildcard": "dir/*.png"}], "dir/a.b.png", True),
        ([{"wildcard": "dir/*.png"}], "dir/a.jpg", False),
        ([{"wildcard": "a*b*a"}], "aba", True),
        ([{"wildcard": "a*a"}], "a", False),
        ([{"wildcard": "*"}], "", True),
        ([{"wildcard": r"a\*b"}], "a*b", True),
        ([{"wildcard": r"a\*b"}], "axb", False),
    ],
)
def test_leaf_value_in_the_event_matches_as_aws_says(
    accepted: list[Any], value: Any, *, expected: bool
) -> None:
    """Each comparison accepts what it says and nothing else."""
    assert expected == _matches({"field": accepted}, {"field": value})


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        ({"a": ["1"], "b": ["2"]}, {"a": "1", "b": "2", "c": "3"}, True),
        ({"a": ["1"], "b": ["2"]}, {"a": "1"}, False),
        ({"a": {"b": ["1"]}}, {"a": {"b": "1"}}, True),
        ({"a": {"b": ["1"]}}, {"a": "1"}, False),
        ({"a": {"b": [{"exists": False}]}}, {}, True),
        ({"a": {"b": [{"exists": False}]}}, {"a": {"c": 1}}, True),
        ({"a": [{"exists": False}, "x"]}, {"a": "x"}, True),
        ({"a": [{"exists": False}, "x"]}, {"a": "y"}, False),
        ({"a": {"b": ["1"], "c": ["2"]}}, {"a": [{"b": "1", "c": "2"}]}, True),
        ({"a": {"b": ["1"], "c": ["2"]}}, {"a": [{"b": "1"}, {"c": "2"}]}, False),
        ({"a": ["1"], "$or": [{"b": ["2"]}, {"c": ["3"]}]}, {"a": "1", "c": "3"}, True),
        ({"a": ["1"], "$or": [{"b": ["2"]}, {"c": ["3"]}]}, {"a": "1", "c": "4"}, False),
        ({"a": {"$or": [{"b": ["2"]}, {"c": ["3"]}]}}, {"a": {"b": "2"}}, True),
        ({"$or": ["x"]}, {"$or": "x"}, True),
        ({"$or": [{"prefix": "x"}, {"prefix": "y"}]}, {"$or": "yes"}, True),
    ],
)
def test_pattern_several_fields_all_are_required(
    pattern: dict[str, Any], event: dict[str, Any], *, expected: bool
) -> None:
    """Fields are required together, in the same element of an array; `$or` gives alternatives."""
    assert expected == _matches(pattern, event)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("{", "Filter is not valid JSON"),
        ("[]", "Filter is not an object"),
        ("{}", "Empty objects are not allowed"),
        ('{"a": "b"}', '"a" must be an object or an array'),
        ('{"a": []}', "Empty arrays are not allowed"),
        ('{"a": [[]]}', "Match value must be String, number, true, false, or null"),
        ('{"a": [{}]}', "Empty objects are not allowed"),
        ('{"a": [{"sufix": "x"}]}', "Unrecognized match type sufix"),
        ('{"a": [{"prefix": "x", "suffix": "y"}]}', "Only one key allowed in match expression"),
        ('{"a": [{"prefix": 5}]}', "prefix match pattern must be a string"),
        ('{"a": [{"prefix": {"x": "y"}}]}', "Unsupported prefix pattern: x"),
        ('{"a": [{"exists": "x"}]}', "exists match pattern must be either true or false."),
        (
            '{"a": [{"anything-but": ["x", 5]}]}',
            "Inside anything-but list, either all values are number or string, mixed type is not supported",
        ),
        (
            '{"a": [{"anything-but": null}]}',
            "Inside anything-but list, start|null|boolean is not supported.",
        ),
        ('{"a": [{"anything-but": []}]}', "Empty arrays are not allowed"),
        ('{"a": [{"anything-but": {"cidr": "x"}}]}', "Unsupported anything-but pattern: cidr"),
        ('{"a": [{"numeric": 5}]}', 'Value of "numeric" must be an array.'),
        ('{"a": [{"numeric": [">"]}]}', "Too few or too many terms in numeric range expression"),
        ('{"a": [{"numeric": ["!", 5]}]}', "Unrecognized numeric range operator: !"),
        ('{"a": [{"numeric": ["<", "5"]}]}', "Value of numeric range operator must be a number"),
        ('{"a": [{"numeric": ["<", 6e9]}]}', "Value must be between -5.0E9 and 5.0E9, inclusive"),
        ('{"a": [{"numeric": [">", 1, ">", 2]}]}', "Bad numeric range operator: >"),
        ('{"a": [{"numeric": [">", 2, "<", 1]}]}', "Bottom must be less than top"),
        ('{"a": [{"cidr": "x"}]}', "Malformed CIDR, one '/' required: x"),
        (r'{"a": [{"wildcard": "a\\b"}]}', "Invalid escape character at pos 1"),
        ('{"a": [{"wildcard": "a**"}]}', "Consecutive wildcard characters at pos 1"),
        (
            '{"a":' * (EVENT_PATTERN_DEPTH_MAX + 1) + "[1]" + "}" * (EVENT_PATTERN_DEPTH_MAX + 1),
            "Event pattern is nested too deep",
        ),
    ],
)
def test_parse_pattern_text_that_is_no_pattern_is_refused_with_the_reason(
    pattern: str, reason: str
) -> None:
    """The service's own refusal carries the reason."""
    with pytest.raises(ApiError) as refusal:
        parse_pattern(pattern, _refuse)
    assert reason == refusal.value.message


def test_matches_event_of_deep_arrays_does_not_break() -> None:
    """An event may nest arrays as deep as JSON is read."""
    nested: Any = "a"
    for _ in range(1000):
        nested = [nested]
    assert _matches({"field": ["a"]}, {"field": nested})
