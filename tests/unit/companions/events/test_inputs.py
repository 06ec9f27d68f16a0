"""What a target gets of an event."""

from typing import Any

import pytest

from globaltables.companions.events.inputs import check_input, input_of
from globaltables.foundation.errors import ApiError

EVENT: dict[str, Any] = {
    "id": "e1",
    "source": "shop",
    "detail": {"who": 'Ann "A"', "amount": 12.5, "items": [{"id": "x"}, {"id": "y"}]},
}
FACTS = {"aws.events.rule-name": "sales"}


def _input(**members: Any) -> str:
    target = {"Id": "1", "Arn": "arn", **members}
    check_input(target)
    return input_of(target, EVENT, FACTS)


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"Input": '{"a":1}'}, '{"a":1}'),
        ({"InputPath": "$.detail.items[1].id"}, '"y"'),
        ({"InputPath": "$.detail.amount"}, "12.5"),
        ({"InputPath": "$.detail.none"}, "null"),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"who": "$.detail.who", "n": "$.detail.amount"},
                    "InputTemplate": '{"text": "<who> paid <n>", "n": <n>, "rule": <aws.events.rule-name>}',
                }
            },
            '{"text": "Ann \\"A\\" paid 12.5", "n": 12.5, "rule": "sales"}',
        ),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"all": "$.detail.items", "no": "$.detail.no"},
                    "InputTemplate": '"<all> and <no>, <other>"',
                }
            },
            '"[{\\"id\\":\\"x\\"},{\\"id\\":\\"y\\"}] and , <other>"',
        ),
    ],
)
def test_input_is_formed_as_the_target_says(members: dict[str, Any], text: str) -> None:
    """A constant, a part, or a text with parts in it."""
    assert text == _input(**members)


def test_input_of_a_target_that_says_nothing_is_the_event() -> None:
    """As JSON."""
    assert '{"id":"e1","source":"shop","detail":{"who":' in _input()


@pytest.mark.parametrize(
    "members",
    [
        {"Input": "no json"},
        {"Input": "{}", "InputPath": "$.detail"},
        {"InputPath": "detail"},
        {"InputPath": "$.detail[*]"},
        {"InputTransformer": {"InputPathsMap": {"a": "$["}, "InputTemplate": "<a>"}},
    ],
)
def test_input_that_is_not_right_is_refused(members: dict[str, Any]) -> None:
    """When the target is put."""
    with pytest.raises(ApiError):
        _input(**members)
