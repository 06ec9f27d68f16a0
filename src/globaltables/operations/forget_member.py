"""ForgetMember (ours): lets a global table go on without members that will not come back."""

from globaltables.operations.context import Answer, Call
from globaltables.operations.control_plane import find_own_table
from globaltables.replication.giving_up import forget_members
from globaltables.replication.members import LEGACY
from globaltables.tables.refusals import not_supported


async def handle(call: Call) -> Answer:
    """Release what the others keep for the members that are lost; the answer has those that are left."""
    table = find_own_table(call, call.region.catalog)
    if table.strong is not None:
        raise not_supported("ForgetMember on a strongly consistent global table")
    if table.global_table_version == LEGACY:
        raise not_supported("ForgetMember on a global table of version 2017.11.29")
    remaining = await forget_members(call.node, table, call.request["RegionNames"])
    return {"RegionNames": remaining}
