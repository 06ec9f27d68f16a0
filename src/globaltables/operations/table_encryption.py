"""The keys of tables, as the operations need them: found, refused in DynamoDB's words, and asked for data keys."""

from collections.abc import Mapping
from typing import Any

from globaltables.foundation.errors import ApiError, validation
from globaltables.itemstore.data_keys import with_data_key
from globaltables.itemstore.region import Region
from globaltables.security.sealing.data_keys import TableKeys
from globaltables.tables.definitions import Encryption, Table
from globaltables.tables.encryption import (
    Wanted,
    keyless,
    kms_refusal,
    wanted_encryption,
)


async def found_encryption(
    region: Region, account: str, wanted: Wanted, *, replica: bool = False
) -> Encryption:
    """Return the encryption that is wanted for a table, when its key can be used.

    Args:
        region: of the table.
        account: of the table.
        wanted: as which key.
        replica: whether the region is another one than the request's, which the refusal then names.

    Raises:
        ApiError: the key is missing, disabled, on its way out or unfit.
    """
    try:
        state = await _keys(region).find(account, wanted.key)
    except ApiError as error:
        raise kms_refusal(error, region.randomness.uuid(), region.name if replica else "") from None
    return Encryption("KMS", state.arn, customer=state.customer)


async def requested_encryption(
    region: Region, account: str, specification: Mapping[str, Any] | None
) -> Encryption | None:
    """Return what an SSESpecification asks for; None for the key that AWS owns.

    Raises:
        ApiError: see `found_encryption`; or its members contradict each other.
    """
    wanted = wanted_encryption(specification)
    return None if wanted is None else await found_encryption(region, account, wanted)


def new_data_key(region: Region, table: Table, encryption: Encryption) -> str:
    """Return a new data key for a table, wrapped; in a decision too.

    Raises:
        ApiError: the key cannot be used.
    """
    try:
        keys = _keys(region)
        return keys.wrapped_data_key(table.account, table.name, encryption.kms_key_arn)
    except ApiError as error:
        raise kms_refusal(error, region.randomness.uuid()) from None


def sealed_if_encrypted(region: Region, table: Table) -> Table:
    """Return a new table with its first data key, when it has an encryption; in a decision too.

    Raises:
        ApiError: the key cannot be used.
    """
    try:
        return with_data_key(region, table)
    except ApiError as error:
        raise kms_refusal(error, region.randomness.uuid()) from None


def check_accessible(region: Region, table: Table) -> None:
    """Check that the key of an encrypted table can be used.

    Raises:
        ApiError: as AWS says it for every operation on items.
    """
    if keyless(table):
        check_key(region, table)


def check_key(region: Region, table: Table) -> None:
    """Check that the key under which bytes are kept can be used, also when there is no table any more to tell of it.

    Raises:
        ApiError: as `check_accessible`.
    """
    if table.encryption is not None:
        error = _keys(region).refusal(table.account, table.encryption.kms_key_arn)
        if error is not None:
            raise kms_refusal(error, region.randomness.uuid())


def _keys(region: Region) -> TableKeys:
    if region.keys is None:
        raise validation("There is no key service in this region")
    return region.keys()
