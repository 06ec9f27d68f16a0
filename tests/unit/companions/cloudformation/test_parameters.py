"""Parameters: their values, their bounds, AWS's texts."""

from typing import Any

import pytest

from globaltables.companions.cloudformation.templates.parameters import (
    declarations,
    given_values,
    value_of,
)
from globaltables.foundation.errors import ApiError


def _given(**values: str) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def _refusal(section: dict[str, Any], **values: str) -> str:
    with pytest.raises(ApiError) as refusal:
        given_values(declarations(section), _given(**values))
    return str(refusal.value.message)


@pytest.mark.parametrize(
    ("members", "value", "text"),
    [
        ({"Type": "Number"}, "x", "Parameter 'P' must be a number. Value: x"),
        ({"Type": "Number", "MinValue": 5}, "4", "Parameter 'P' must be a number not less than 5"),
        (
            {"Type": "Number", "MaxValue": 5},
            "6",
            "Parameter 'P' must be a number not greater than 5",
        ),
        (
            {"Type": "String", "MinLength": 2},
            "a",
            "Parameter 'P' must contain at least 2 characters",
        ),
        (
            {"Type": "String", "MaxLength": 2},
            "abc",
            "Parameter 'P' must contain at most 2 characters",
        ),
        (
            {"Type": "String", "AllowedPattern": "[a-z]+"},
            "A",
            "Parameter 'P' must match pattern [a-z]+",
        ),
        (
            {"Type": "String", "AllowedValues": ["a", "b"]},
            "c",
            "Parameter 'P' must be one of AllowedValues [a, b]",
        ),
        (
            {"Type": "String", "AllowedValues": ["a"], "ConstraintDescription": "must be a"},
            "c",
            "Parameter P failed to satisfy constraint: must be a",
        ),
        ({"Type": "List<Number>"}, "1,x", "Parameter 'P' must be a number. Value: x"),
    ],
)
def test_values_out_of_bounds_are_refused_with_awss_text(
    members: dict[str, Any], value: str, text: str
) -> None:
    """Lists are checked one by one."""
    assert text == _refusal({"P": members}, P=value)


def test_missing_and_unknown_parameters_are_named() -> None:
    """Those without a default have to be given, and no others."""
    section = {"A": {"Type": "String"}, "B": {"Type": "String", "Default": "x"}}

    assert "Parameters: [A] must have values" == _refusal(section)
    assert "Parameters: [C] do not exist in the template" == _refusal(section, A="1", C="2")


def test_values_come_from_the_request_the_stack_or_the_default() -> None:
    """Booleans and numbers of a template's default are texts."""
    section = {
        "A": {"Type": "String", "Default": False},
        "B": {"Type": "String"},
        "C": {"Type": "CommaDelimitedList", "Default": "a, b"},
    }
    known = declarations(section)

    given = [{"ParameterKey": "B", "UsePreviousValue": True}]
    texts = given_values(known, given, {"B": "before"})

    assert {"A": "false", "B": "before", "C": "a, b"} == texts
    assert ["a", "b"] == value_of(known["C"], texts["C"])


def test_declarations_that_are_none_are_refused() -> None:
    """A type that there is not, a member that there is not, a default out of bounds."""
    for members, text in (
        ({"Type": "Text"}, "Unrecognized parameter type: Text"),
        ({"Type": "String", "Defalt": 1}, "Invalid template parameter property 'Defalt'"),
        ({"Type": "Number", "Default": 1, "MinValue": 2}, "must be a number not less than 2"),
    ):
        assert text in _refusal({"P": members})
