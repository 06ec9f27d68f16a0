"""The stream that a request names, when the caller may do this to it."""

from globaltables.foundation.arns import parse_table_arn
from globaltables.foundation.errors import ApiError
from globaltables.operations.authorization import (
    check_resource,
    check_stream_access,
    refuse_foreign_resource,
)
from globaltables.operations.context import Call
from globaltables.operations.table_encryption import check_accessible
from globaltables.streams.descriptions import find_stream, stream_label
from globaltables.tables.definitions import Stream, Table


def allowed_stream(call: Call, arn: str, present: int) -> tuple[Table, Stream]:
    """Return the stream of an ARN with its table, which may be another account's.

    Raises:
        ApiError: the text is no stream's ARN, there is no such stream, or the caller may not.
    """
    stream_label(arn)  # refuses what is no stream's ARN
    parsed = parse_table_arn(arn)
    assert parsed is not None
    region = call.region
    foreign = parsed.account != call.account
    owner = region.catalog.find(parsed.account, parsed.table_name) if foreign else None
    if foreign and (owner is None or all(stream.policy is None for stream in owner.streams)):
        refuse_foreign_resource(call.access("", call.request), arn, parsed.account)
    try:
        table, stream = find_stream(region.catalog, parsed.account, region.name, arn, present)
    except ApiError:
        if call.grant is not None:  # only who may read a stream learns that it is not there
            check_resource(call.access("", call.request), arn, parsed.account)
        raise
    check_access(call, table, stream)
    check_accessible(region, table)
    return table, stream


def check_access(call: Call, table: Table, stream: Stream) -> None:
    """Check that the caller may do this to a stream.

    Raises:
        ApiError: AccessDeniedException.
    """
    if stream.policy is not None or table.account != call.account or call.grant is not None:
        check_stream_access(call.access("", call.request), table, stream)
