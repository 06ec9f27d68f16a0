"""Giving a new table its data key, wherever tables are made."""

from dataclasses import replace

from globaltables.foundation.errors import OperationalError
from globaltables.itemstore.region import Region
from globaltables.tables.definitions import Table
from globaltables.tables.encryption import born_sealed


def with_data_key(region: Region, table: Table) -> Table:
    """Return a new table with its first data key, when it has an encryption; in a decision too.

    Raises:
        ApiError: KMS refuses to make one.
        OperationalError: the region has no key service.
    """
    encryption = table.encryption
    if encryption is None:
        return table
    if region.keys is None:
        raise OperationalError(f"{region.name} has no key service")
    keys = region.keys()
    wrapped = keys.wrapped_data_key(table.account, table.name, encryption.kms_key_arn)
    state = keys.state(table.account, encryption.kms_key_arn)
    customer = encryption.customer if state is None else state.customer
    return born_sealed(replace(table, encryption=replace(encryption, customer=customer)), wrapped)
