"""Patterns that would never end are given up, all others match as ever."""

import pytest

from globaltables.companions.bounded_patterns import (
    PatternTooCostlyError,
    has_nested_repetitions,
    matches_whole,
)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("[a-z]+", "abc", True),
        ("[a-z]+", "ab1", False),
        (r"(\d{1,3}\.){3}\d{1,3}", "10.0.0.1", True),
        (r"([a-z0-9-]+\.)+[a-z]{2,}", "a-rather-long.name.of-a.domain.example", True),
        (r"([a-z0-9-]+\.)+[a-z]{2,}", "a-rather-long.name.of-a.domain.example_", False),
        ("(?:ä+b?)*", "ä" * 40, True),
    ],
)
def test_patterns_match_as_ever(pattern: str, text: str, *, expected: bool) -> None:
    """Also those that are tried in a process of their own."""
    assert expected == matches_whole(pattern, text)


@pytest.mark.parametrize("pattern", ["(a+)+", "(a|a)*(a|a)*(a*)*b", "a*a*a*a*a*a*a*a*b"])
def test_pattern_that_never_ends_is_given_up(pattern: str) -> None:
    """Exponential and polynomial ones."""
    with pytest.raises(PatternTooCostlyError):
        matches_whole(pattern, "a" * 200 + "!")


def test_nested_repetitions_are_found() -> None:
    """Whatever stands between them."""
    nested = [
        has_nested_repetitions(one) for one in ("(a+)+", "((a|b*)c?)*", "(?=(a*)*)", "(a{2}b+)")
    ]
    assert [True, True, True, False] == nested
