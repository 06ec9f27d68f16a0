"""Tags of a table: AWS's rules for keys, values and numbers."""

import re
from collections.abc import Mapping, Sequence

from globaltables.foundation.errors import ApiError, validation
from globaltables.foundation.limits import (
    TAG_KEY_CHARACTERS_MAX,
    TAG_VALUE_CHARACTERS_MAX,
    TAGS_MAX,
)

Tags = tuple[tuple[str, str], ...]

#: Letters and digits of any script, white space and + - = . _ : / @ (measured).
_ALLOWED = re.compile(r"[\w\s+\-=.:/@]*")


def checked_tags(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the tags of a request by key.

    Raises:
        ApiError: a key or value is invalid, a key is given twice, or there are too many.
    """
    checked: dict[str, str] = {}
    for tag in tags:
        key, value = tag.get("Key"), tag.get("Value")
        if key is None or not _is_key(key):
            raise _invalid_key(key)
        _check_prefix(key)
        if value is None or not _is_value(value):
            shown = "null" if value is None else value
            raise validation(f"The Tag Value provided is invalid, Value: {shown}")
        if key in checked:
            msg = f"Duplicate Tag Keys provided as input: Duplicate Tag Key found {key}"
            raise validation(msg)
        checked[key] = value
    if len(checked) > TAGS_MAX:
        raise too_many_tags()
    return checked


def tagged(current: Tags, tags: Sequence[Mapping[str, str]]) -> Tags:
    """Return a table's tags after TagResource.

    Raises:
        ApiError: as `checked_tags`, or the table would have too many.
    """
    merged = dict(current) | checked_tags(tags)
    if len(merged) > TAGS_MAX:
        raise too_many_tags()
    return tuple(merged.items())


def check_tag_keys(keys: Sequence[str]) -> None:
    """Check the keys of UntagResource.

    Raises:
        ApiError: there are none or too many, or one is invalid or AWS's own.
    """
    if not keys:
        raise validation("Atleast one Tag Key needs to be provided as Input.")
    for key in keys:
        if not _is_key(key):
            raise _invalid_key(key)
        _check_prefix(key)
    if len(keys) > TAGS_MAX:
        raise too_many_tags()


def untagged(current: Tags, keys: Sequence[str]) -> Tags:
    """Return a table's tags without those of the given keys."""
    return tuple((key, value) for key, value in current if key not in keys)


def too_many_tags() -> ApiError:
    """Return the refusal of more tags than a table may have."""
    return validation("Number of Tags exceed the current limit for the provided ResourceArn")


def _check_prefix(key: str) -> None:
    if key.lower().startswith("aws:"):
        raise validation(f"Tag Key cannot be prefixed with aws:, Key: {key}")


def _is_key(key: str) -> bool:
    return 0 < len(key) <= TAG_KEY_CHARACTERS_MAX and _ALLOWED.fullmatch(key) is not None


def _is_value(value: str) -> bool:
    return len(value) <= TAG_VALUE_CHARACTERS_MAX and _ALLOWED.fullmatch(value) is not None


def _invalid_key(key: str | None) -> ApiError:
    return validation(f"The Tag Key provided is invalid, Key: {'null' if key is None else key}")
