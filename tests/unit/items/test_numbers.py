"""Numbers: canonical text, sizes, order."""

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.items import numbers


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("0E200", "0"),
        ("0e-99999999", "0"),
        ("+5", "5"),
        ("007", "7"),
        ("1.50", "1.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e2", "100"),
        ("-1.23E-3", "-0.00123"),
        ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
        ("123456789012345678901234567890123456780", "123456789012345678901234567890123456780"),
        ("1E125", "1" + "0" * 125),
        ("1E-130", "0." + "0" * 129 + "1"),
    ],
)
def test_normalize_accepted_gives_canonical_text(text: str, canonical: str) -> None:
    """Equal numbers have one text."""
    assert canonical == numbers.normalize(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The parameter cannot be converted to a numeric value"),
        ("abc", "The parameter cannot be converted to a numeric value: abc"),
        ("1 ", "The parameter cannot be converted to a numeric value: 1 "),
        ("NaN", "The parameter cannot be converted to a numeric value: NaN"),
        ("Infinity", "The parameter cannot be converted to a numeric value: Infinity"),
        ("1_0", "The parameter cannot be converted to a numeric value: 1_0"),
        ("\u0661", "The parameter cannot be converted to a numeric value: \u0661"),
        ("1E126", numbers.OVERFLOW),
        ("-1E126", numbers.OVERFLOW),
        ("1E99999999999", numbers.OVERFLOW),
        ("1E-131", numbers.UNDERFLOW),
        ("1E-99999999999", numbers.UNDERFLOW),
        ("1." + "1" * 38, numbers.TOO_MANY_DIGITS),
    ],
)
def test_normalize_refused_says_why(text: str, message: str) -> None:
    """What is no number of DynamoDB's is refused with AWS's text."""
    with pytest.raises(ApiError) as caught:
        numbers.normalize(text)
    assert message == caught.value.message


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 1),
        ("1", 2),
        ("10", 2),
        ("100", 2),
        ("12", 2),
        ("123", 3),
        ("-1", 3),
        ("0.5", 2),
        ("1.5", 3),
        ("0.01", 2),
    ],
)
def test_size_of_number_counts_digit_pairs(text: str, size: int) -> None:
    """A number takes a byte for two significant digits, one for the exponent, one for a sign."""
    assert size == numbers.size(text)


def test_add_beyond_38_digits_is_refused() -> None:
    """A sum that cannot be stored exactly is refused."""
    with pytest.raises(ApiError):
        numbers.add("1E37".replace("E37", "0" * 37), "0.1")


def test_subtract_exact_keeps_every_digit() -> None:
    """Arithmetic is decimal and exact."""
    assert "0.1" == numbers.subtract("0.3", "0.2")


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "1",
        "10",
        "-1",
        "007",
        "5.00",
        "5.10",
        "0.5",
        ".5",
        "5.",
        "1e3",
        "12345.06",
        "9" * 38,
        "1" * 37 + ".0",
    ],
)
def test_measured_any_notation_is_the_canonical_text_and_its_size(text: str) -> None:
    """The short way of usual numbers tells the same as the long one."""
    canonical = numbers.normalize(text)

    assert numbers.measured(text) == (canonical, numbers.size(canonical))
    assert numbers.remembered(text) == (canonical, numbers.size(canonical))
