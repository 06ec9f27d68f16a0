"""Buckets of an S3 endpoint, through botocore's client."""

import base64
import hashlib
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, BinaryIO, cast

from globaltables.buckets.interface import (
    BucketError,
    Download,
    ListedObject,
    ObjectOptions,
    StoredObject,
    Upload,
    no_such_bucket,
    no_such_key,
)
from globaltables.foundation.limits import (
    MIB,
    S3_ATTEMPTS_MAX,
    S3_CONNECT_MS_MAX,
    S3_RESPONSE_MS_MAX,
)

#: The value of the setting that means AWS itself.
AWS = "aws"
_IN_MEMORY_BYTES_MAX = 1 * MIB
_HTTP_NOT_FOUND = 404


class S3Buckets:
    """The buckets of an endpoint.

    Args:
        endpoint: URL, or "aws" for AWS's own.
        region: which signs the requests.
        account: 12 digits; without credentials in the environment it is the access key for an endpoint that is not
            AWS, because several such servers read the account from a key of 12 digits.
    """

    def __init__(self, endpoint: str, region: str, account: str) -> None:
        self._endpoint = endpoint
        self._region = region
        self._account = account
        self._made: Any = None

    def check(self, bucket: str, owner: str | None = None) -> None:
        """Ask for the head of the bucket."""
        self.call("head_bucket", Bucket=bucket, **_owner(owner))

    def upload(self, bucket: str, key: str, options: ObjectOptions) -> Upload:
        """Begin to write a file that is sent when it is whole."""
        return _RequestUpload(self, bucket, key, options)

    def download(self, bucket: str, key: str, owner: str | None = None) -> Download:
        """Ask for the object, and read its body as it is needed."""
        answer = self.call("get_object", Bucket=bucket, Key=key, **_owner(owner))
        return _BodyDownload(answer["Body"])

    def objects(
        self, bucket: str, prefix: str, *, after: str = "", owner: str | None = None
    ) -> Iterator[ListedObject]:
        """Ask for page after page."""
        more: dict[str, Any] = {"StartAfter": after} if after else {}
        while True:
            answer = self.call(
                "list_objects_v2", Bucket=bucket, Prefix=prefix, **more, **_owner(owner)
            )
            for one in answer.get("Contents", ()):
                yield ListedObject(one["Key"], one["Size"])
            if not answer.get("IsTruncated"):
                return
            more = {"ContinuationToken": answer["NextContinuationToken"]}

    def delete(self, bucket: str, key: str) -> None:
        """Delete the object."""
        self.call("delete_object", Bucket=bucket, Key=key)

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call the client.

        Raises:
            BucketError: S3 refused, or gave no answer; the text has neither the address nor keys.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see _client

        try:
            answer: dict[str, Any] = getattr(self._client(), operation)(**parameters)
        except ClientError as error:
            raise _refused(cast("dict[str, Any]", error.response), operation) from error
        except BotoCoreError as error:
            text = f"S3 cannot be reached: {type(error).__name__}"
            raise BucketError("InternalError", text, 500) from error
        return answer

    def _client(self) -> Any:
        """Return the client; the first call makes it.

        Importing botocore's client costs a tenth of a second and 34 MB, which a node without S3 need not pay.
        """
        if self._made is None:
            from botocore.config import Config  # noqa: PLC0415
            from botocore.session import Session  # noqa: PLC0415

            elsewhere = self._endpoint != AWS
            make_config: Any = Config  # its published types lack ignore_configured_endpoint_urls
            config = make_config(
                retries={"mode": "standard", "total_max_attempts": S3_ATTEMPTS_MAX},
                connect_timeout=S3_CONNECT_MS_MAX / 1000,
                read_timeout=S3_RESPONSE_MS_MAX / 1000,
                # AWS_ENDPOINT_URL is most likely set to this very process.
                ignore_configured_endpoint_urls=True,
                # Many servers that speak S3 have no bucket in their host name, and know the old checksums only.
                s3={"addressing_style": "path"} if elsewhere else {},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            )
            session: Any = Session()
            session.register_component("data_loader", _installed_models())
            if elsewhere:
                # Asking for the role of a virtual machine takes seconds where there is none.
                session.get_component("credential_provider").remove("iam-role")
                if session.get_credentials() is None:
                    session.set_credentials(self._account, self._account)
            try:
                self._made = session.create_client(
                    "s3",
                    region_name=self._region,
                    endpoint_url=self._endpoint if elsewhere else None,
                    config=config,
                )
            except ValueError:  # its text repeats the endpoint
                raise BucketError(
                    "InternalError", "botocore cannot use the S3 endpoint", 500
                ) from None
        return self._made


class _RequestUpload:
    """A temporary file that becomes the body of one PutObject."""

    def __init__(self, buckets: S3Buckets, bucket: str, key: str, options: ObjectOptions) -> None:
        self._buckets = buckets
        self._parameters = _parameters(bucket, key, options)
        self._key = key
        self._file = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES_MAX))  # noqa: SIM115
        self._md5 = hashlib.md5(usedforsecurity=False)

    def write(self, content: bytes, /) -> None:
        """Add to the file."""
        self._file.write(content)
        self._md5.update(content)

    def commit(self) -> StoredObject:
        """Send the file; S3 compares its MD5."""
        size = self._file.tell()
        self._file.seek(0)
        digest = self._md5.digest()
        try:
            answer = self._buckets.call(
                "put_object",
                Body=self._file,
                ContentMD5=base64.b64encode(digest).decode(),
                **self._parameters,
            )
        finally:
            self._file.close()
        etag = str(answer.get("ETag", "")).strip('"') or digest.hex()
        return StoredObject(self._key, size, etag, digest.hex())

    def discard(self) -> None:
        """Forget the file."""
        self._file.close()


class _BodyDownload:
    """The body of an answer."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, size: int = -1, /) -> bytes:
        """Read on."""
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - see S3Buckets._client

        try:
            content: bytes = self._body.read(None if size < 0 else size)
        except (BotoCoreError, OSError) as error:
            text = f"S3 broke off: {type(error).__name__}"
            raise BucketError("InternalError", text, 500) from error
        return content

    def close(self) -> None:
        """Close the connection."""
        self._body.close()


@lru_cache
def _installed_models() -> Any:
    """Return what reads the models that botocore was installed with; they are in memory once, not for each client."""
    from botocore.loaders import Loader  # noqa: PLC0415 - see S3Buckets._client

    return Loader()


def _owner(owner: str | None) -> dict[str, str]:
    return {} if owner is None else {"ExpectedBucketOwner": owner}


def _parameters(bucket: str, key: str, options: ObjectOptions) -> dict[str, Any]:
    parameters = {"Bucket": bucket, "Key": key, "ContentType": options.content_type}
    parameters |= _owner(options.owner)
    if options.encryption is not None:
        parameters["ServerSideEncryption"] = "aws:kms" if options.encryption == "KMS" else "AES256"
    if options.kms_key is not None:
        parameters["SSEKMSKeyId"] = options.kms_key
    return parameters


def _refused(response: dict[str, Any], operation: str) -> BucketError:
    """Return an error of S3; the answer to a HEAD request has no body that names it."""
    error = response.get("Error", {})
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
    code = str(error.get("Code", "InternalError"))
    if status == _HTTP_NOT_FOUND and operation == "head_bucket":
        return no_such_bucket()
    if code == "NoSuchBucket":
        return no_such_bucket()
    if code == "NoSuchKey":
        return no_such_key()
    if code in ("403", "AccessDenied"):
        return BucketError("AccessDenied", "Access Denied", 403)
    return BucketError(code, str(error.get("Message", "")), status)
