"""DynamoDB numbers: canonical text, sizes, order-preserving bytes, exact arithmetic of 38 digits."""

import decimal
import re
from decimal import Decimal
from functools import lru_cache

from globaltables.foundation.errors import ApiError, validation
from globaltables.foundation.limits import (
    NUMBER_DIGITS_MAX,
    NUMBER_EXPONENT_MAX,
    NUMBER_EXPONENT_MIN,
)

_CANONICAL_INTEGER = re.compile(r"-?[1-9][0-9]{0,37}|0").fullmatch
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?").fullmatch
_SHORT_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,18}").fullmatch
_SHORT_INTEGER = re.compile(r"-?[1-9][0-9]{0,17}|0").fullmatch
_EXPONENT_DIGITS_MAX = 6
REMEMBERED_CHARACTERS_MAX = 4
_CACHE_ENTRIES_MAX = 16_384
# Wide enough to hold any intermediate result exactly: the largest exponent span of two operands, plus 38 digits.
_EXACT = decimal.Context(prec=400, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)

OVERFLOW = (
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
)
UNDERFLOW = (
    "Number underflow. Attempting to store a number with magnitude smaller than supported range"
)
TOO_MANY_DIGITS = "Attempting to store more than 38 significant digits in a Number"
NOT_A_NUMBER = "The parameter cannot be converted to a numeric value"


def measured(text: str) -> tuple[str, int]:
    """Return the canonical text of a number and its billed bytes.

    Raises:
        ApiError: see `normalize`.
    """
    whole, point, fraction = text.partition(".")
    # Positive numbers in plain notation without detours, because most are.
    if (
        whole.isdigit()
        and whole[0] != "0"
        and len(text) <= NUMBER_DIGITS_MAX
        and text.isascii()
        and (not point or fraction.isdigit())
    ):
        length = len(whole)
        fraction = fraction.rstrip("0")
        if fraction:
            text = f"{whole}.{fraction}"
            count = length + len(fraction)
        else:
            text = whole
            count = len(whole.rstrip("0"))
        return text, 1 + (count + length % 2 + 1) // 2
    canonical = normalize(text)
    return canonical, size(canonical)


#: The same, remembered: for texts of at most `REMEMBERED_CHARACTERS_MAX`, which are few and come often.
remembered = lru_cache(_CACHE_ENTRIES_MAX)(measured)


def normalize(text: str) -> str:
    """Return the canonical text of a number: plain notation, no leading or trailing zeros, "0" for zero.

    Raises:
        ApiError: ValidationException when it is no number, has over 38 digits, or lies outside AWS's range.
    """
    if _CANONICAL_INTEGER(text):
        return text
    if _SHORT_DECIMAL(text):
        stripped = text.rstrip("0").rstrip(".")
        return stripped if stripped != "-0" else "0"
    return _text(_parse(text))


def to_decimal(text: str) -> Decimal:
    """Return the exact value of a canonical number."""
    return Decimal(text)


def add(left: str, right: str) -> str:
    """Return the canonical sum of two canonical numbers.

    Raises:
        ApiError: ValidationException when the result needs more than 38 digits or is out of range.
    """
    if _SHORT_INTEGER(left) and _SHORT_INTEGER(right):
        return str(int(left) + int(right))
    return _text(_in_range(_EXACT.add(Decimal(left), Decimal(right))))


def subtract(left: str, right: str) -> str:
    """Return the canonical difference of two canonical numbers.

    Raises:
        ApiError: ValidationException when the result needs more than 38 digits or is out of range.
    """
    if _SHORT_INTEGER(left) and _SHORT_INTEGER(right):
        return str(int(left) - int(right))
    return _text(_in_range(_EXACT.subtract(Decimal(left), Decimal(right))))


def size(text: str) -> int:
    """Return the billed bytes of a canonical number: one per two significant digits, one more, one for a sign."""
    if text == "0":
        return 1
    negative = text[0] == "-"
    digits = text[1:] if negative else text
    whole, point, fraction = digits.partition(".")
    if point:
        significant = (whole + fraction).lstrip("0") if whole == "0" else whole + fraction
        exponent = len(whole) - 1 if whole != "0" else len(fraction.lstrip("0")) - len(fraction) - 1
        count = len(significant)
    else:
        count = len(digits.rstrip("0"))
        exponent = len(digits) - 1
    return 1 + (count + (exponent + 1) % 2 + 1) // 2 + negative


def sortable(text: str) -> bytes:
    """Return bytes that order as numbers do: exponent byte, then base-100 digits (the layout of Oracle's NUMBER).

    DynamoDB hashes these bytes when a number is a partition key, so that they also give its scan order
    (known from dynalite's comparison with AWS).
    """
    if text == "0":
        return b"\x80"
    value = Decimal(text)
    negative, digits, _ = value.as_tuple()
    exponent = value.adjusted() + 1
    mantissa = "".join(map(str, digits)).lstrip("0").rstrip("0")
    if exponent % 2:
        mantissa = "0" + mantissa
    if len(mantissa) % 2:
        mantissa += "0"
    pairs = [int(mantissa[i : i + 2]) for i in range(0, len(mantissa), 2)]
    first = ((exponent + exponent % 2) // 2 - 64) & 0xFF
    if not negative:
        return bytes([first, *(pair + 1 for pair in pairs)])
    tail = (102,) if len(pairs) < NUMBER_DIGITS_MAX // 2 + 1 else ()
    return bytes([first ^ 0xFF, *(101 - pair for pair in pairs), *tail])


def _parse(text: str) -> Decimal:
    if not text:
        raise validation(NOT_A_NUMBER)
    match = _NUMBER(text)
    if match is None:
        raise validation(f"{NOT_A_NUMBER}: {text}")
    exponent = match.group(2)
    if exponent is not None and len(exponent.lstrip("eE+-0")) > _EXPONENT_DIGITS_MAX:
        mantissa = text[: match.start(2)]
        if not mantissa.strip("+-0."):
            return Decimal(0)
        raise _out_of_range(UNDERFLOW if "-" in exponent else OVERFLOW)
    return _in_range(Decimal(text))


def _in_range(value: Decimal) -> Decimal:
    if not value:
        return Decimal(0)
    adjusted = value.adjusted()
    if adjusted > NUMBER_EXPONENT_MAX:
        raise _out_of_range(OVERFLOW)
    if adjusted < NUMBER_EXPONENT_MIN:
        raise _out_of_range(UNDERFLOW)
    digits = "".join(map(str, value.as_tuple().digits)).strip("0")
    if len(digits) > NUMBER_DIGITS_MAX:
        raise _out_of_range(TOO_MANY_DIGITS)
    return value


def _out_of_range(message: str) -> ApiError:
    return validation(message)


def _text(value: Decimal) -> str:
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    negative = text.startswith("-")
    digits = text.lstrip("-+")
    whole, point, fraction = digits.partition(".")
    digits = (whole.lstrip("0") or "0") + point + fraction
    return f"-{digits}" if negative and digits != "0" else digits
