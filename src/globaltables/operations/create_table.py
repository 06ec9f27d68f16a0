"""CreateTable: defines a table; of concurrent requests for one name exactly one wins."""

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Any

from globaltables.foundation.errors import resource_in_use
from globaltables.itemstore.stage import Stage
from globaltables.operations.account_replicas import create_account_replica
from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import (
    check_changes_under_way,
    description,
    going_on,
)
from globaltables.operations.settings_replication import SETTINGS_MODE, with_settings_mode
from globaltables.operations.table_encryption import (
    requested_encryption,
    sealed_if_encrypted,
)
from globaltables.security.policies.rendering import render
from globaltables.security.resource_policies import accepted
from globaltables.tables.creation import Identity, answer_to_creation, check_account, created
from globaltables.tables.definitions import Encryption, ResourcePolicy, Table
from globaltables.tables.settling import creating


def handle(call: Call) -> Awaitable[Answer]:
    """Create the table of the request.

    Source: API_CreateTable.
    """
    name = call.table_name()
    if "GlobalTableSourceArn" in call.request:
        return create_account_replica(call, name)
    if call.request.get("SSESpecification"):
        return _create_encrypted(call, name)
    return _create(call, name, None)


async def _create_encrypted(call: Call, name: str) -> Answer:
    """Create a table under a key, which is looked for once the rest of the request is known to be right."""
    region, request = call.region, call.request
    created(request, Identity(name, call.account, region.name, 0, "", region.hlc.last))
    specification = request["SSESpecification"]
    encryption = await requested_encryption(region, call.account, specification)
    return await _create(call, name, encryption)


def _create(call: Call, name: str, encryption: Encryption | None) -> Awaitable[Answer]:
    region = call.region
    table_id = region.randomness.uuid()
    realistic = region.settings.realistic

    def decide(stage: Stage) -> Answer:
        identity = Identity(name, call.account, region.name, 0, table_id, stage.tick())
        table = _with_policy(created(call.request, identity), call.request)
        table = with_settings_mode(table, call.request.get(SETTINGS_MODE))
        existing = stage.catalog.find(call.account, name)
        if existing is not None:
            if existing.restoring is not None:
                raise resource_in_use(f"Table is being used: {name}")
            if existing.status == "CREATING":
                msg = f"Attempt to change a resource which is still in use: Table is being created: {name}"
                raise resource_in_use(msg)
            raise resource_in_use(f"Table already exists: {name}")
        check_account(stage.catalog.list(call.account), table)
        check_changes_under_way(stage.catalog, call.account)
        table = replace(table, number=stage.catalog.next_number(), encryption=encryption)
        table = sealed_if_encrypted(region, table)
        stage.save_table(creating(table, table.created_ms) if realistic else table)
        answer = answer_to_creation(table, call.request)
        return {"TableDescription": description(region, answer)}

    decided = region.store.submit(decide)
    return going_on(region, decided) if realistic else decided


def _with_policy(table: Table, request: Mapping[str, Any]) -> Table:
    """Return a new table with the resource-based policy of its request; AWS asks here for no way back to change it."""
    if "ResourcePolicy" not in request:
        return table
    document = render(accepted(request["ResourcePolicy"], "table"))
    return replace(table, policy=ResourcePolicy(document, table.created_ms))
