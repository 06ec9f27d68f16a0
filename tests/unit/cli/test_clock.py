"""Durations on the command line of `globaltables clock`."""

from argparse import ArgumentTypeError

import pytest

from globaltables.cli.clock import duration_ms


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("24h", 86_400_000), ("1d12h", 129_600_000), ("90m", 5_400_000), ("30s", 30_000), ("0s", 0)],
)
def test_duration_of_numbers_with_units_is_their_sum(text: str, milliseconds: int) -> None:
    """Days, hours, minutes and seconds."""
    assert milliseconds == duration_ms(text)


@pytest.mark.parametrize("text", ["24", "h", "-1h", "1 h", "", "1.5h", "1w"])
def test_duration_that_is_none_is_refused(text: str) -> None:
    """As options of a wrong form are."""
    with pytest.raises(ArgumentTypeError):
        duration_ms(text)
