"""Wildcards in actions and resources, and the parts of ARNs."""

import pytest

from globaltables.security.policies.patterns import action_pattern, matches_arn
from tests.support.policies import Keys

ARN = "arn:aws:dynamodb:us-east-1:111122223333:table/Thread/index/ByTime"


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("dynamodb:GetItem", "dynamodb:GetItem", True),
        ("dynamodb:getitem", "dynamodb:GetItem", True),
        ("DynamoDB:*", "dynamodb:GetItem", True),
        ("dynamodb:*Item", "dynamodb:BatchGetItem", True),
        ("dynamodb:?etItem", "dynamodb:GetItem", True),
        ("*", "dynamodb:GetItem", True),
        ("dynamodb:Get", "dynamodb:GetItem", False),
        ("s3:*", "dynamodb:GetItem", False),
    ],
)
def test_action_pattern_ignores_case(pattern: str, action: str, *, expected: bool) -> None:
    """Actions match whole, in any case."""
    assert (action_pattern(pattern).fullmatch(action) is not None) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", True),
        (ARN, True),
        ("arn:aws:dynamodb:*:*:table/Thread/index/*", True),
        ("arn:aws:dynamodb:us-east-?:111122223333:table/*", True),
        ("arn:aws:dynamodb:*:table/Thread/index/ByTime", False),
        ("arn:aws:dynamodb:*", True),
        ("arn:aws:dynamodb:us-east-1:111122223333:table/thread/index/ByTime", False),
        ("arn:aws:dynamodb:us-east-1:111122223333:table/Thread", False),
        ("arn:*:dynamodb:us-east-1:111122223333:table/${aws:name}/index/*", True),
        ("arn:aws:dynamodb:us-east-1:111122223333:table/${aws:none}/*", False),
        ("arn:aws:dynamodb:us-east-1:111122223333:table/${aws:none, 'Thread'}/*", True),
        ("arn:aws:dynamodb:us-east-1:111122223333:table/${aws:star}/*", False),
    ],
)
def test_matches_arn_keeps_wildcards_within_their_part(pattern: str, *, expected: bool) -> None:
    """A wildcard does not cross a colon before the last part; variables are replaced by plain text."""
    keys = Keys({"aws:name": "Thread", "aws:star": "*"})
    assert matches_arn(pattern, ARN, keys) is expected


def test_matches_arn_without_variables_takes_them_as_text() -> None:
    """Under the version of 2008 a variable is plain text."""
    pattern = "arn:aws:dynamodb:us-east-1:111122223333:table/${aws:name}/*"
    assert matches_arn(pattern, ARN, None) is False
