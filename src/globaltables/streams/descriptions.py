"""Streams as ListStreams and DescribeStream show them."""

from typing import Any

from globaltables.foundation.arns import parse_table_arn, stream_arn
from globaltables.foundation.errors import ApiError, resource_not_found, validation
from globaltables.streams.sequence_numbers import sequence_number
from globaltables.streams.shards import Shard, expired
from globaltables.tables.catalog import Catalog
from globaltables.tables.definitions import Stream, Table


def arn_of(table: Table, stream: Stream) -> str:
    """Return a stream's ARN."""
    return stream_arn(table.region, table.account, table.name, stream.label)


def find_stream(
    catalog: Catalog, account: str, region: str, arn: str, present: int
) -> tuple[Table, Stream]:
    """Return the stream that an ARN names, with its table.

    Raises:
        ApiError: ValidationException when the text is no stream ARN, ResourceNotFoundException when there is no such
            stream or its last record is older than 24 hours.
    """
    label = stream_label(arn)
    parsed = parse_table_arn(arn)
    assert parsed is not None
    if parsed.region == region and parsed.account == account:
        table = catalog.find(account, parsed.table_name)
        for stream in table.streams if table else ():
            if table and stream.label == label and not expired(stream, present):
                return table, stream
    raise stream_not_found(arn)


def stream_label(arn: str) -> str:
    """Return the label in a stream's ARN.

    Raises:
        ApiError: ValidationException when the text is no stream ARN.
    """
    parsed = parse_table_arn(arn)
    match parsed.resource if parsed else ():
        case ("stream", str(label)) if label:
            return label
    raise validation("Invalid StreamArn")


def stream_not_found(arn: str) -> ApiError:
    """Return the refusal for a stream that is not there (any more)."""
    return resource_not_found(f"Requested resource not found: Stream: {arn} not found")


def shard_not_found() -> ApiError:
    """Return the refusal for a shard that is not there (any more)."""
    return resource_not_found("Requested resource not found: Shard does not exist")


def readable_streams(tables: list[Table], present: int) -> list[tuple[str, Table, Stream]]:
    """Return the streams of tables that still have a life or records, with their ARNs, in the ARNs' order."""
    return sorted(
        (
            (arn_of(table, stream), table, stream)
            for table in tables
            for stream in table.streams
            if not expired(stream, present)
        ),
        key=lambda found: found[0],
    )


def stream_entry(arn: str, table: Table, stream: Stream) -> dict[str, Any]:
    """Return one member of ListStreams' answer."""
    return {"StreamArn": arn, "TableName": table.name, "StreamLabel": stream.label}


def stream_description(table: Table, stream: Stream) -> dict[str, Any]:
    """Return DescribeStream's answer without the shards."""
    elements = [{"AttributeName": key.name, "KeyType": "HASH"} for key in table.schema.hash]
    elements += [{"AttributeName": key.name, "KeyType": "RANGE"} for key in table.schema.range]
    return {
        "StreamArn": arn_of(table, stream),
        "StreamLabel": stream.label,
        "StreamStatus": "ENABLED" if stream.ended_stamp is None else "DISABLED",
        "StreamViewType": stream.view_type,
        "CreationRequestDateTime": stream.created_ms / 1000,
        "TableName": table.name,
        "KeySchema": elements,
    }


def shard_description(shard: Shard) -> dict[str, Any]:
    """Return a shard in AWS's shape; a closed one has its last possible sequence number."""
    span = {"StartingSequenceNumber": sequence_number(shard.start)}
    if shard.end is not None:
        span["EndingSequenceNumber"] = sequence_number(max(shard.start, shard.end - 1))
    answer: dict[str, Any] = {"ShardId": shard.id, "SequenceNumberRange": span}
    if shard.parent_id is not None:
        answer["ParentShardId"] = shard.parent_id
    return answer
