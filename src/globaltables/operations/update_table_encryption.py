"""UpdateTable's SSESpecification: rows are sealed, opened or sealed anew in the background, in every replica."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from globaltables.foundation.errors import ApiError, invalid_parameters
from globaltables.itemstore.region import Region
from globaltables.itemstore.resealing import start_resealing
from globaltables.itemstore.stage import Stage
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import description, find_table
from globaltables.operations.table_encryption import (
    check_accessible,
    found_encryption,
    new_data_key,
)
from globaltables.replication.members import CURRENT
from globaltables.tables.definitions import Encryption, Table
from globaltables.tables.encryption import (
    Wanted,
    check_new_key,
    check_unchanging,
    resealing,
    wanted_encryption,
)
from globaltables.tables.refusals import not_supported
from globaltables.tables.update_request import effective

#: What every member is to be encrypted with, by region; None is the key that AWS owns.
_Encryptions = dict[str, Encryption | None]


def is_about_encryption(request: Mapping[str, Any]) -> bool:
    """Tell whether a request changes the encryption of a table and nothing but the keys of its replicas beside."""
    changes = effective(request)
    if "SSESpecification" not in changes or changes.keys() - {"SSESpecification", "ReplicaUpdates"}:
        return False
    return all(
        update.keys() == {"Update"} and update["Update"].keys() == {"RegionName", "KMSMasterKeyId"}
        for update in changes.get("ReplicaUpdates", ())
    )


async def handle_encryption(call: Call, table: Table) -> Answer:
    """Change the encryption of a table, here and in the regions that replicate it.

    Source: ack-api-quirks, DDB-TABLE-082, 141, 313 (measured).
    """
    wanted = wanted_encryption(call.request["SSESpecification"])
    check_new_key(table, wanted)
    check_unchanging(table)
    check_accessible(call.region, table)
    encryptions = await _encryptions(call, table, wanted)
    regions = [
        call.region,
        *(call.node.region(name) for name in encryptions if name != table.region),
    ]
    for region in regions[1:]:
        check_unchanging(find_table(region.catalog, table.account, table.name))
    changed = [await _change(region, table, encryptions) for region in regions]
    return {"TableDescription": description(call.region, changed[0])}


def check_replica_keys(table: Table, keys: Mapping[str, str | None]) -> None:
    """Check that replicas have keys of their own exactly when the table has a customer's.

    Args:
        table: with its encryption.
        keys: what a request names, by region.

    Raises:
        ApiError: ValidationException.
    """
    customer = table.encryption is not None and table.encryption.customer
    missing = customer and any(key is None for key in keys.values())
    if missing or (table.encryption is None and any(key is not None for key in keys.values())):
        raise invalid_parameters("KMSMasterKeyId must be specified for each replica.")


async def replica_encryption(region: Region, table: Table, key: str | None) -> Encryption | None:
    """Return what a new replica is encrypted with: a key of its own region, of the same kind.

    Raises:
        ApiError: the key cannot be used there, or is of the other kind.
    """
    if table.encryption is None:
        return None
    found = await found_encryption(region, table.account, Wanted(key), replica=True)
    if found.customer != table.encryption.customer:
        raise _mixed_keys()
    return found


def _mixed_keys() -> ApiError:
    return invalid_parameters(
        "All replica keys must either be Customer Managed CMK or AWS Managed CMK."
    )


async def _encryptions(call: Call, table: Table, wanted: Wanted | None) -> _Encryptions:
    """Return what every member is to be encrypted with.

    Raises:
        ApiError: a key is missing, cannot be used, or is of another kind than the table's.
    """
    others = [one.region for one in table.replicas if table.global_table_version == CURRENT]
    if any(name in call.node.remote_peers for name in others):
        raise not_supported("Changing the encryption of a table with replicas on other nodes")
    if wanted is None:
        return dict.fromkeys((table.region, *others))
    own = await found_encryption(call.region, table.account, wanted)
    keys: dict[str, str | None] = dict.fromkeys(others)
    for update in call.request.get("ReplicaUpdates") or ():
        named = update["Update"]
        if named["RegionName"] not in keys:
            raise invalid_parameters("KMSMasterKeyId must be specified for each replica.")
        keys[named["RegionName"]] = named["KMSMasterKeyId"]
    target = replace(table, encryption=own)
    check_replica_keys(target, keys)
    encryptions: _Encryptions = {table.region: own}
    for name, key in keys.items():
        encryptions[name] = await replica_encryption(call.node.region(name), target, key)
    return encryptions


async def _change(region: Region, table: Table, encryptions: _Encryptions) -> Table:
    """Let the rows of one member be moved, and its list of the others show their keys."""
    encryption = encryptions[region.name]

    def decide(stage: Stage) -> Table:
        current = find_table(stage.catalog, table.account, table.name)
        check_unchanging(current)
        if encryption is None and current.encryption is None:
            return current
        data_key = "" if encryption is None else new_data_key(region, current, encryption)
        entries = tuple(
            replace(entry, kms_key_id=_shown(encryptions.get(entry.region)))
            for entry in current.replicas
        )
        changed = replace(resealing(current, encryption, data_key), replicas=entries)
        stage.save_table(changed)
        return changed

    changed = await region.store.submit(decide)
    start_resealing(region)
    return changed


def _shown(encryption: Encryption | None) -> str | None:
    """Return the key that is shown of a replica: a customer's."""
    return encryption.kms_key_arn if encryption is not None and encryption.customer else None
