"""Durations in ISO 8601."""

import pytest

from globaltables.companions.fis.durations import milliseconds_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT1M", 60_000),
        ("PT12H", 43_200_000),
        ("PT1H30M5S", 5_405_000),
        ("P1DT1S", 86_401_000),
        ("P1D", 86_400_000),
        ("", None),
        ("P", None),
        ("PT", None),
        ("P1DT", None),
        ("PT1.5M", None),
        ("PT-1M", None),
        ("1M", None),
    ],
)
def test_milliseconds_of_a_duration(text: str, expected: int | None) -> None:
    """Whole numbers of days, hours, minutes and seconds."""
    assert expected == milliseconds_of(text)
