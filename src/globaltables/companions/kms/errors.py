"""What the key service refuses, in AWS's words."""

from typing import NoReturn

from globaltables.companions.kms.keys import Key
from globaltables.foundation.errors import ApiError, validation


def not_found(message: str) -> ApiError:
    """Return a NotFoundException."""
    return ApiError("NotFoundException", message)


def missing_key(arn: str) -> ApiError:
    """Return the refusal of a key that there is not."""
    return not_found(f"Key '{arn}' does not exist")


def invalid_state(key: Key, why: str) -> ApiError:
    """Return a KMSInvalidStateException."""
    return ApiError("KMSInvalidStateException", f"{key.arn} {why}")


def invalid_ciphertext() -> ApiError:
    """Return an InvalidCiphertextException, which says nothing more."""
    return ApiError("InvalidCiphertextException", None)


def incorrect_key() -> ApiError:
    """Return an IncorrectKeyException."""
    return ApiError(
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
    )


def unsupported(message: str | None = None) -> ApiError:
    """Return an UnsupportedOperationException."""
    return ApiError("UnsupportedOperationException", message)


def access_denied(principal: str, operation: str, arn: str) -> ApiError:
    """Return an AccessDeniedException."""
    return ApiError(
        "AccessDeniedException",
        f"User: {principal} is not authorized to perform: kms:{operation} on resource: {arn} because no "
        f"resource-based policy allows the kms:{operation} action",
    )


def check_usable(key: Key) -> None:
    """Check that a key may be used.

    Raises:
        ApiError: it is disabled, or about to be deleted.
    """
    if key.deletion_ms is not None:
        raise invalid_state(key, "is pending deletion.")
    if not key.enabled:
        raise ApiError("DisabledException", f"{key.arn} is disabled.")


def check_usage(key: Key, usage: str, operation: str) -> None:
    """Check that a key is for what it is asked to do.

    Raises:
        ApiError: InvalidKeyUsageException.
    """
    if key.usage != usage:
        raise ApiError(
            "InvalidKeyUsageException",
            f"{key.arn} key usage is {key.usage} which is not valid for {operation}.",
        )


def dry_run() -> NoReturn:
    """End a request that was only to be tried.

    Raises:
        ApiError: DryRunOperationException.
    """
    raise ApiError(
        "DryRunOperationException",
        "The request would have succeeded, but the DryRun option is set.",
        status=412,
    )


def invalid(message: str) -> ApiError:
    """Return a ValidationException."""
    return validation(message)
