"""Settings that AWS has and this version does not: refused by name, never accepted without effect."""

from collections.abc import Mapping
from typing import Any

from globaltables.foundation.errors import ApiError, invalid_parameters, validation

_CREATION = (
    "ResourcePolicy",
    "GlobalTableSourceArn",
    "GlobalTableSettingsReplicationMode",
    "VectorIndexes",
)
_UPDATE = (
    "GlobalTableSettingsReplicationMode",
    "DisassociationProtectionEnabled",
    "VectorIndexUpdates",
)


def not_supported(what: str) -> ApiError:
    """Return the refusal of something that this version does not do."""
    return validation(f"{what} is not supported by globaltables, see docs/compatibility.md")


def refuse_at_creation(request: Mapping[str, Any]) -> None:
    """Refuse members of CreateTable that would have no effect.

    Raises:
        ApiError: one of them is given.
    """
    _refuse(request, _CREATION)


def refuse_at_update(request: Mapping[str, Any]) -> None:
    """Refuse members of UpdateTable that would have no effect.

    Raises:
        ApiError: one of them is given.
    """
    _refuse(request, _UPDATE)


def check_encryption(request: Mapping[str, Any] | None) -> None:
    """Check an SSESpecification, and refuse every encryption but the default.

    Raises:
        ApiError: its members contradict each other, or it asks for a key of the customer.
    """
    if request is None:
        return
    enabled, kind = request.get("Enabled"), request.get("SSEType")
    for member in ("SSEType", "KMSMasterKeyId"):
        if enabled is False and member in request:
            raise invalid_parameters(f"{member} can not be specified if Enabled is false")
    if kind == "AES256":
        raise invalid_parameters("SSEType AES256 is not supported")
    if "KMSMasterKeyId" in request and kind is None:
        raise invalid_parameters("SSEType KMS is required if KMSMasterKeyId is specified")
    if enabled or kind is not None:
        raise not_supported("Encryption with an AWS managed or customer managed key")


def _refuse(request: Mapping[str, Any], members: tuple[str, ...]) -> None:
    for member in members:
        if member in request:
            raise not_supported(member)
