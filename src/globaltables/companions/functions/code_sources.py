"""Where the code of functions and layers comes from: the request itself, or an object in S3."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from globaltables.companions.functions.refusals import invalid_parameter, unsupported
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import LAMBDA_ZIP_BYTES_MAX


async def archive_of(call: ServiceCall, source: Mapping[str, Any]) -> bytes:
    """Return the archive that a request brings or names.

    Args:
        call: the request.
        source: ZipFile, or S3Bucket, S3Key and S3ObjectVersion.

    Raises:
        ApiError: InvalidParameterValueException, or what the bucket refuses.
    """
    if "ImageUri" in source:
        raise unsupported("ImageUri")
    if "SourceKMSKeyArn" in source:
        raise unsupported("SourceKMSKeyArn")
    if source.get("S3ObjectStorageMode", "COPY") != "COPY":
        raise unsupported("S3ObjectStorageMode REFERENCE")
    if "ZipFile" in source:
        if "S3Bucket" in source or "S3Key" in source:
            raise invalid_parameter(
                "Please do not provide other FunctionCode parameters when providing a ZipFile."
            )
        archive: bytes = source["ZipFile"]
        if len(archive) > LAMBDA_ZIP_BYTES_MAX:
            raise ApiError(
                "RequestEntityTooLargeException",
                f"Request must be smaller than {LAMBDA_ZIP_BYTES_MAX} bytes for the {call.operation} operation",
                status=413,
            )
        return archive
    if "S3Bucket" not in source or "S3Key" not in source:
        raise invalid_parameter("Please provide a source for function code.")
    request = {"Bucket": source["S3Bucket"], "Key": source["S3Key"]}
    if "S3ObjectVersion" in source:
        request["VersionId"] = source["S3ObjectVersion"]
    try:
        answer = await call.services.call(
            "s3",
            "GetObject",
            request,
            region=call.region.name,
            account=call.account,
            principal=call.principal,
        )
    except ApiError as error:
        raise invalid_parameter(
            f"Error occurred while GetObject. S3 Error Code: {error.code}. S3 Error Message: {error.message}"
        ) from error
    return await _content(answer["Body"])


async def _content(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return b"".join([piece async for piece in body])


def with_code(configuration: Document, archive: bytes, digest: str) -> Document:
    """Return a configuration with the code of an archive that is stored."""
    return {
        **configuration,
        "CodeSize": len(archive),
        "CodeSha256": b64encode(sha256(archive).digest()).decode(),
        "code": digest,
    }
