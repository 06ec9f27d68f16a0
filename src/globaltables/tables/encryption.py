"""What an SSESpecification asks for, and what a table is while its rows are sealed, opened or sealed anew."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

from globaltables.foundation.errors import ApiError, invalid_parameters, resource_in_use
from globaltables.tables.definitions import Encryption, Layer, Table

_PLAIN = Layer()
_GENERATION_MAX = 0xFFFF


class Wanted(NamedTuple):
    """That a table is to be encrypted with a key in the account.

    Attributes:
        key: id, ARN or alias; None is AWS's key for DynamoDB.
    """

    key: str | None


def wanted_encryption(request: Mapping[str, Any] | None) -> Wanted | None:
    """Return what an SSESpecification asks for; None for the key that AWS owns, with which every table begins.

    Raises:
        ApiError: its members contradict each other.
    """
    if request is None:
        return None
    enabled, kind = request.get("Enabled"), request.get("SSEType")
    for member in ("SSEType", "KMSMasterKeyId"):
        if enabled is False and member in request:
            raise invalid_parameters(f"{member} can not be specified if Enabled is false")
    if kind == "AES256":
        raise invalid_parameters("SSEType AES256 is not supported")
    if "KMSMasterKeyId" in request and kind is None:
        raise invalid_parameters("SSEType KMS is required if KMSMasterKeyId is specified")
    if not enabled and kind is None:
        return None
    return Wanted(request.get("KMSMasterKeyId"))


def born_sealed(table: Table, data_key: str) -> Table:
    """Return a new table whose rows are sealed from the first one on."""
    return replace(table, layers=(Layer(1, data_key, table.name),))


def copied_layers(table: Table) -> tuple[Layer, ...]:
    """Return the layers of a copy of a table under another number: what is written there goes to one."""
    return tuple(layer for layer in table.layers[:1] if layer.generation)


def check_unchanging(table: Table) -> None:
    """Check that the rows of a table are not just being sealed or opened.

    Raises:
        ApiError: ResourceInUseException.
    """
    if len(table.layers) > 1:
        raise resource_in_use("Server-Side Encryption is still being updated")


def check_new_key(table: Table, wanted: Wanted | None) -> None:
    """Check that an UpdateTable request changes the encryption of a table.

    Raises:
        ApiError: ValidationException: it is encrypted in that way already. A key counts as the same only when its ARN
            is given (measured).
    """
    current = table.encryption
    if wanted is None and current is None:
        raise invalid_parameters("Table is already encrypted by default")
    if current is not None and wanted is not None and wanted.key == current.kms_key_arn:
        raise invalid_parameters(
            "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if "
            "you want to change Master Key"
        )


def resealing(table: Table, encryption: Encryption | None, data_key: str) -> Table:
    """Return a table whose rows begin to be sealed under a new data key; without encryption, to be opened."""
    before = table.layers or (_PLAIN,)
    if encryption is None:
        assert table.encryption is not None
        shown = replace(table.encryption, status="UPDATING")
        return replace(table, encryption=shown, layers=(_PLAIN, *before))
    generation = max(layer.generation for layer in before) % _GENERATION_MAX + 1
    layer = Layer(generation, data_key, table.name)
    shown = replace(encryption, status="UPDATING")
    return replace(table, encryption=shown, layers=(layer, *before))


def resealed(table: Table) -> Table:
    """Return a table all of whose rows are in its first layer."""
    first = table.layers[0]
    if not first.generation:
        return replace(table, encryption=None, layers=())
    assert table.encryption is not None
    return replace(table, encryption=replace(table.encryption, status="ENABLED"), layers=(first,))


def keyless(table: Table) -> bool:
    """Tell whether the key of a table cannot be used now."""
    return table.encryption is not None and table.encryption.inaccessible_ms is not None


def kms_refusal(error: ApiError, request_id: str, region: str = "") -> ApiError:
    """Return how DynamoDB passes on what KMS refuses (measured: docs/api-quirks of dynamodb-controller, 2026).

    Args:
        error: of KMS.
        request_id: a UUID.
        region: of a replica; empty for this one.
    """
    kind, code, status, modelled = _KINDS.get(
        error.code, ("validation", "ValidationException", 400, True)
    )
    name = error.code if modelled else "AWSKMSException"
    where = f" for region {region}" if region else ""
    return ApiError(
        code,
        f"KMS {kind} error{where}: com.amazonaws.services.kms.model.{name}: {error.message} (Service: AWSKMS; "
        f"Status Code: 400; Error Code: {error.code}; Request ID: {request_id}; Proxy: null)",
        status=status,
    )


_KINDS: Mapping[str, tuple[str, str, int, bool]] = MappingProxyType(
    {
        "DisabledException": ("key disabled", "ValidationException", 400, True),
        "AccessDeniedException": ("key access denied", "AccessDeniedException", 400, False),
        "ValidationException": ("internal", "InternalServerError", 500, False),
    }
)
