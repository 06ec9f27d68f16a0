"""AWS's descriptions of exports and imports."""

from typing import Any

from globaltables.foundation.arns import partition_of
from globaltables.tables.description import seconds
from globaltables.transfers.records import Export, Import, Transfer

_ECHOED = (
    "S3Bucket",
    "S3BucketOwner",
    "S3Prefix",
    "S3SseKmsKeyId",
    "IncrementalExportSpecification",
    "FilterSpecification",
)


def describe_export(export: Export) -> dict[str, Any]:
    """Return ExportDescription; its type is told only where it is not the usual one, as on AWS."""
    members = export.members
    described: dict[str, Any] = {
        "ExportArn": export.arn,
        "ExportStatus": export.status,
        "StartTime": seconds(export.started_ms),
        "TableArn": export.table_arn,
        "TableId": export.table_id,
        "ClientToken": members["ClientToken"],
        "S3SseAlgorithm": members.get("S3SseAlgorithm", "AES256"),
        "ExportFormat": members.get("ExportFormat", "DYNAMODB_JSON"),
        "DestinationType": "S3",
    }
    described |= {name: members[name] for name in _ECHOED if name in members}
    if export.after is None:
        described["ExportTime"] = members["ExportTime"]
    else:
        described["ExportType"] = "INCREMENTAL_EXPORT"
    if export.status == "COMPLETED":
        described |= {
            "ExportManifest": export.manifest,
            "ItemCount": export.item_count,
            "BilledSizeBytes": export.billed_bytes,
        }
    return described | _ending(export)


def summarize_export(export: Export) -> dict[str, Any]:
    """Return ExportSummary."""
    return {
        "ExportArn": export.arn,
        "ExportStatus": export.status,
        "ExportType": "FULL_EXPORT" if export.after is None else "INCREMENTAL_EXPORT",
    }


def describe_import(one: Import) -> dict[str, Any]:
    """Return ImportTableDescription."""
    members = one.members
    described: dict[str, Any] = {
        "ImportArn": one.arn,
        "ImportStatus": one.status,
        "TableArn": one.table_arn,
        "TableId": one.table_id,
        "ClientToken": members["ClientToken"],
        "S3BucketSource": _source(one),
        "ErrorCount": one.error_count,
        "CloudWatchLogGroupArn": _log_group(one),
        "InputFormat": members["InputFormat"],
        "InputCompressionType": members.get("InputCompressionType", "NONE"),
        "TableCreationParameters": members["TableCreationParameters"],
        "StartTime": seconds(one.started_ms),
        "ProcessedSizeBytes": one.processed_bytes,
        "ProcessedItemCount": one.processed_count,
        "ImportedItemCount": one.imported_count,
    }
    if "InputFormatOptions" in members:
        described["InputFormatOptions"] = members["InputFormatOptions"]
    return described | _ending(one)


def summarize_import(one: Import) -> dict[str, Any]:
    """Return ImportSummary."""
    summary = {
        "ImportArn": one.arn,
        "ImportStatus": one.status,
        "TableArn": one.table_arn,
        "S3BucketSource": _source(one),
        "CloudWatchLogGroupArn": _log_group(one),
        "InputFormat": one.members["InputFormat"],
        "StartTime": seconds(one.started_ms),
    }
    if one.ended_ms is not None:
        summary["EndTime"] = seconds(one.ended_ms)
    return summary


def _ending(transfer: Transfer) -> dict[str, Any]:
    ending: dict[str, Any] = {}
    if transfer.ended_ms is not None:
        ending["EndTime"] = seconds(transfer.ended_ms)
    if transfer.failure is not None:
        ending["FailureCode"] = transfer.failure.code
        ending["FailureMessage"] = transfer.failure.text
    return ending


def _source(one: Import) -> dict[str, Any]:
    return {"S3BucketOwner": one.account, **one.members["S3BucketSource"]}


def _log_group(one: Import) -> str:
    """Return the group that AWS writes the errors of every import to; ours are in the node's own log."""
    return (
        f"arn:{partition_of(one.region)}:logs:{one.region}:{one.account}:"
        "log-group:/aws-dynamodb/imports:*"
    )
