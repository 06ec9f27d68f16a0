"""Wildcards in actions and resources, and the parts of ARNs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from globaltables.security.policies.patterns import action_pattern, matches, matches_arn
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


def _fits(pattern: str, text: str, segments: list[int]) -> bool:
    """Tell by trying everything whether a text fits a pattern; a star in a segment passes no colon."""
    if not pattern:
        return not text
    within = segments[0] > 0
    if pattern[0] == "*":
        longest = text.find(":") if within and ":" in text else len(text)
        return any(_fits(pattern[1:], text[taken:], segments) for taken in range(longest + 1))
    if not text or (pattern[0] == "?" and within and text[0] == ":"):
        return False
    if pattern[0] not in ("?", text[0]):
        return False
    return _fits(pattern[1:], text[1:], [segments[0] - (pattern[0] == ":")])


@given(
    st.text(alphabet="ab:*?", max_size=9),
    st.text(alphabet="ab:", max_size=9),
)
def test_matches_as_trying_everything_does(pattern: str, text: str) -> None:
    """Looking for what follows a star only once finds all that fits, in ARNs and elsewhere."""
    assert _fits(pattern, text, [0]) is matches(pattern, text, None)
    arn, resource = f"arn:a:b:{pattern}", f"arn:a:b:{text}"
    colons = arn.count(":")
    whole = pattern == "" or (colons < 5 and arn.endswith("*"))
    expected = _fits(arn, resource, [0 if whole else 5])
    assert expected is matches_arn(arn, resource, None)


@pytest.mark.timeout(5)
def test_matches_of_many_stars_ends_soon() -> None:
    """No pattern makes a long text take time that grows beyond their product."""
    pattern = "a*" * 200 + "b"
    assert not matches(pattern, "a" * 2_000, None)
    assert matches(pattern, "a" * 2_000 + "b", None)
    assert not action_pattern("s3:" + "G*" * 100 + "x").fullmatch("s3:" + "G" * 1_000)
