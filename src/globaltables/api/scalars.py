"""The JSON types of scalars: what AWS's parser converts, and its words for what it does not."""

from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Callable, Mapping
from math import isfinite, trunc
from typing import Any

from globaltables.foundation.errors import ApiError, serialization

_STRUCTURE = "Start of structure or map found where not expected"
_BASE64_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def check_string(value: Any) -> Any:
    """Return a string; anything else is refused."""
    if type(value) is str:
        return value
    raise _inconvertible(value, "java.lang.String")


def check_boolean(value: Any) -> Any:
    """Return a boolean; AWS's parser also reads the texts true, yes, 1, false, no and 0."""
    if type(value) is bool:
        return value
    if type(value) is str:
        text = value.upper()
        if text in ("TRUE", "YES", "1"):
            return True
        if text in ("FALSE", "NO", "0"):
            return False
        raise serialization("Unexpected token received from parser")
    raise _inconvertible(value, "java.lang.Boolean")


def check_integer(value: Any) -> Any:
    """Return a 32-bit number; decimals lose their fraction."""
    return _whole_number(value, "java.lang.Integer")


def check_long(value: Any) -> Any:
    """Return a 64-bit number; decimals lose their fraction."""
    return _whole_number(value, "java.lang.Long")


def check_double(value: Any) -> Any:
    """Return a number."""
    if type(value) is float or type(value) is int:
        return value
    raise _inconvertible(value, "java.lang.Double")


def check_timestamp(value: Any) -> Any:
    """Return a moment as seconds since 1970."""
    if type(value) is float or type(value) is int:
        return value
    raise _inconvertible(value, "java.util.Date")


def check_blob(value: Any) -> Any:
    """Return Base64 text, which stays text; anything that is not canonical Base64 is refused."""
    if type(value) is str:
        if len(value) % 4:
            msg = "Base64 encoded length is expected a multiple of 4 bytes but found: "
            raise serialization(msg + str(len(value)))
        if not _is_canonical_base64(value):
            raise serialization("Invalid last non-pad Base64 character dectected")
        return value
    if type(value) is list:
        raise serialization("Unrecognized collection type class java.nio.ByteBuffer")
    if type(value) is dict:
        raise serialization(_STRUCTURE)
    raise serialization("only base-64-encoded strings are convertible to bytes")


#: The check of each kind of scalar shape. Each returns the value as the operations get it.
SCALAR_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "string": check_string,
    "boolean": check_boolean,
    "integer": check_integer,
    "long": check_long,
    "double": check_double,
    "timestamp": check_timestamp,
    "blob": check_blob,
}


def _whole_number(value: Any, java_class: str) -> int:
    if type(value) is int:
        return int(value)
    if type(value) is float and isfinite(value):
        return trunc(value)
    raise _inconvertible(value, java_class)


def _is_canonical_base64(text: str) -> bool:
    try:
        a2b_base64(text, strict_mode=True)
    except (Base64Error, ValueError):
        return False
    if not text.endswith("="):
        return True
    # The bits of the last character that belong to no byte must be zero.
    unused_bits = 0b1111 if text.endswith("==") else 0b11
    return not _BASE64_ALPHABET.index(text.rstrip("=")[-1]) & unused_bits


def _inconvertible(value: Any, java_class: str) -> ApiError:
    """Return AWS's refusal; Jackson's token names are in its text."""
    if type(value) is list:
        return serialization(f"Unrecognized collection type class {java_class}")
    if type(value) is dict:
        return serialization(_STRUCTURE)
    if type(value) is bool:
        token = "TRUE_VALUE" if value else "FALSE_VALUE"
    elif type(value) is int:
        token = "NUMBER_VALUE"
    elif type(value) is float:
        token = "DECIMAL_VALUE"
    else:
        token = "STRING_VALUE"
    return serialization(f"{token} cannot be converted to {java_class.rpartition('.')[2]}")
