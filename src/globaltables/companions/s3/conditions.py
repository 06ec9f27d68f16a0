"""Conditions of requests, and the parts of objects that they ask for."""

import re
from collections.abc import Mapping
from typing import Any

from globaltables.buckets.index import Row
from globaltables.buckets.store import Guard
from globaltables.companions.s3.refusals import precondition_failed, s3_error
from globaltables.foundation.errors import ApiError

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def check_read(request: Mapping[str, Any], row: Row, prefix: str = "") -> None:
    """Check the conditions of reading an object.

    Args:
        request: If-Match and the others.
        row: the object.
        prefix: of the conditions' names: those of a copy's source have one.

    Raises:
        ApiError: PreconditionFailed, NotModified.
    """
    matches = request.get(f"{prefix}IfMatch")
    unless = request.get(f"{prefix}IfNoneMatch")
    since = request.get(f"{prefix}IfModifiedSince")
    until = request.get(f"{prefix}IfUnmodifiedSince")
    modified = row.modified_ms // 1000
    if matches is not None:
        if not _names(matches, row):
            raise precondition_failed("If-Match")
    elif until is not None and modified > until:
        raise precondition_failed("If-Unmodified-Since")
    if unless is not None:
        if _names(unless, row):
            raise precondition_failed("If-None-Match") if prefix else _not_modified(row)
    elif since is not None and modified <= since:
        raise precondition_failed("If-Modified-Since") if prefix else _not_modified(row)


def write_guard(request: Mapping[str, Any]) -> Guard:
    """Return what checks the conditions of storing or deleting an object."""
    matches, unless = request.get("IfMatch"), request.get("IfNoneMatch")
    size, modified = request.get("IfMatchSize"), request.get("IfMatchLastModifiedTime")
    if unless is not None and unless != "*":
        msg = "A header you provided implies functionality that is not implemented"
        fields = {"Header": "If-None-Match"}
        raise s3_error("NotImplemented", msg, 501, fields)

    def guard(current: Row | None) -> None:
        if unless is not None and current is not None:
            raise precondition_failed("If-None-Match")
        if matches is not None:
            if current is None:
                fields = {"Key": request["Key"]}
                raise s3_error("NoSuchKey", "The specified key does not exist.", 404, fields)
            if not _names(matches, current):
                raise precondition_failed("If-Match")
        if current is not None and (
            (size is not None and size != current.size)
            or (modified is not None and int(modified) != current.modified_ms // 1000)
        ):
            raise precondition_failed("If-Match")

    return guard


def range_of(text: str | None, size: int) -> tuple[int, int] | None:
    """Return the first byte and the length that a Range header asks for, None for the whole.

    Raises:
        ApiError: InvalidRange.
    """
    found = None if text is None else _RANGE.fullmatch(text.replace(" ", ""))
    if found is None or text is None:
        return None  # what is no range of bytes, or several, is answered with everything
    first, last = found.groups()
    if first:
        start, end = int(first), int(last) if last else size - 1
        if last and end < start:
            return None
        end = min(end, size - 1)
    elif last:
        start, end = max(0, size - int(last)), size - 1
    else:
        return None
    if start >= size or start > end:
        fields = {"RangeRequested": text, "ActualObjectSize": size}
        raise s3_error(
            "InvalidRange",
            "The requested range is not satisfiable",
            416,
            fields,
            headers=(("Content-Range", f"bytes */{size}"),),
        )
    return start, end - start + 1


def _names(condition: str, row: Row) -> bool:
    etags = [one.strip().removeprefix("W/").strip('"') for one in condition.split(",")]
    return "*" in etags or row.facts.get("etag") in etags


def _not_modified(row: Row) -> ApiError:
    headers = (("ETag", f'"{row.facts["etag"]}"'),)
    return s3_error("NotModified", "Not Modified", 304, headers=headers)
