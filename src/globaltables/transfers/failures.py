"""Why exports and imports fail, in AWS's codes and words."""

from collections.abc import Mapping

from globaltables.buckets.interface import BucketError
from globaltables.runtime.randomness import Randomness
from globaltables.transfers.records import Failure

#: What DynamoDB makes of S3's codes (measured).
_CODES: Mapping[str, str] = {
    "NoSuchBucket": "S3NoSuchBucket",
    "AccessDenied": "S3AccessDenied",
    "KMS.NotFoundException": "KmsNotFoundException",
}
_S3_REQUEST_ID_CHARACTERS = 16


def failure_of(error: BucketError, randomness: Randomness) -> Failure:
    """Return the failure that an error of a bucket is."""
    request_id = randomness.request_id()
    text = (
        f"{error.text} (Service: Amazon S3; Status Code: {error.status}; "
        f"Error Code: {error.code}; Request ID: {request_id[-_S3_REQUEST_ID_CHARACTERS:]}; "
        f"S3 Extended Request ID: {request_id}; Proxy: null)"
    )
    return Failure(_CODES.get(error.code, f"S3{error.code}"), text)


def bad_items() -> Failure:
    """Return the failure of an import that left something out."""
    return Failure(
        "ItemValidationError",
        "Some of the items failed validation checks and were not imported. "
        "Please check CloudWatch error logs for more details.",
    )
