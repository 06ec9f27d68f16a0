"""Refusals of S3: its codes and texts, with the elements that name what was asked for."""

from collections.abc import Mapping
from typing import Any

from globaltables.buckets.interface import BucketError
from globaltables.foundation.errors import ApiError

_NAMES_BUCKET = frozenset({"NoSuchBucket", "BucketNotEmpty", "BucketAlreadyExists"})
_NAMES_KEY = frozenset({"NoSuchKey", "NoSuchVersion"})


def s3_error(
    code: str,
    message: str,
    status: int = 400,
    fields: Mapping[str, Any] | None = None,
    *,
    headers: tuple[tuple[str, str], ...] = (),
) -> ApiError:
    """Return a refusal.

    Args:
        code: S3's.
        message: S3's text.
        status: of HTTP.
        fields: further elements of the answer.
        headers: of the answer.
    """
    return ApiError(code, message, status=status, fields=fields, headers=headers)


def refusal_of(error: BucketError, request: Mapping[str, Any]) -> ApiError:
    """Return the refusal that an error of a bucket is."""
    fields: dict[str, Any] = {}
    if error.code in _NAMES_BUCKET:
        fields["BucketName"] = request.get("Bucket", "")
    if error.code in _NAMES_KEY:
        fields["Key"] = request.get("Key", "")
    if error.code == "NoSuchVersion":
        fields["VersionId"] = request.get("VersionId", "")
    return s3_error(error.code, error.text, error.status, fields)


def invalid_argument(message: str, name: str, value: Any) -> ApiError:
    """Return an InvalidArgument."""
    fields = {"ArgumentName": name, "ArgumentValue": value}
    return s3_error("InvalidArgument", message, 400, fields)


def not_implemented(what: str) -> ApiError:
    """Return the refusal of something that S3 has and this does not."""
    msg = f"{what} is not supported by globaltables; see docs/compatibility.md"
    return s3_error("NotImplemented", msg, 501)


def precondition_failed(condition: str) -> ApiError:
    """Return the refusal of a request whose condition does not hold."""
    msg = "At least one of the pre-conditions you specified did not hold"
    return s3_error("PreconditionFailed", msg, 412, {"Condition": condition})


def malformed_xml() -> ApiError:
    """Return the refusal of a document that S3 would not take."""
    msg = (
        "The XML you provided was not well-formed or did not validate against our published schema"
    )
    return s3_error("MalformedXML", msg)
