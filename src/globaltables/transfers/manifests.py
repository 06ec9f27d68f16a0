"""The objects of an export beside its data, in AWS's layout, names and members.

    PREFIX/AWSDynamoDB/EXPORT-ID/_started                empty; shows that the bucket can be written
    PREFIX/AWSDynamoDB/EXPORT-ID/manifest-summary.json   and .md5 (Base64 of the MD5)
    PREFIX/AWSDynamoDB/EXPORT-ID/manifest-files.json     and .md5; one line for each data file
    PREFIX/AWSDynamoDB/EXPORT-ID/data/RANDOM.json.gz     of a full export; .ion.gz
    PREFIX/AWSDynamoDB/data/RANDOM.json.gz               of incremental exports, all in one folder

Source: developer guide, S3DataExport.Output; the MD5's names, as readers of such exports find them: .md5.
"""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from globaltables.buckets.interface import Buckets, ObjectOptions
from globaltables.runtime.clock import stamp_ms
from globaltables.transfers.data_files import DataFile
from globaltables.transfers.records import Export

_FULL_VERSION = "2020-06-30"
_INCREMENTAL_VERSION = "2023-08-01"
_JSON = "application/json"


def folder(export: Export) -> str:
    """Return what the keys of an export's manifests begin with."""
    return f"{_root(export)}AWSDynamoDB/{export.id}/"


def data_prefix(export: Export) -> str:
    """Return what the keys of an export's data files, and of no others, begin with."""
    shared = f"{_root(export)}AWSDynamoDB/"
    own = export.id.rpartition("-")[2]
    return f"{folder(export) if export.after is None else shared}data/{own}"


def data_key(export: Export, name: str) -> str:
    """Return the key of a data file."""
    suffix = "ion.gz" if export.members.get("ExportFormat") == "ION" else "json.gz"
    return f"{data_prefix(export)}{name}.{suffix}"


def object_options(export: Export, content_type: str) -> ObjectOptions:
    """Return how an export's objects are to be stored."""
    members = export.members
    return ObjectOptions(
        content_type,
        members.get("S3BucketOwner"),
        members.get("S3SseAlgorithm", "AES256"),
        members.get("S3SseKmsKeyId"),
    )


def write_started(buckets: Buckets, export: Export) -> None:
    """Write the mark that an export has begun.

    Raises:
        BucketError: the bucket cannot be written.
    """
    key = folder(export) + "_started"
    options = object_options(export, "application/octet-stream")
    buckets.upload(export.members["S3Bucket"], key, options).commit()


def write_manifests(
    buckets: Buckets, export: Export, files: Sequence[DataFile], ended_ms: int
) -> str:
    """Write what tells of the data files, the summary last, and return the summary's key.

    Raises:
        BucketError: the bucket cannot be written.
    """
    lines = b"".join(orjson.dumps(file.entry()) + b"\n" for file in files)
    files_key = _write(buckets, export, "manifest-files", lines)
    summary = orjson.dumps(_summary(export, files_key, ended_ms))
    return _write(buckets, export, "manifest-summary", summary)


def _summary(export: Export, files_key: str, ended_ms: int) -> dict[str, Any]:
    members = export.members
    incremental = export.after is not None
    summary = {
        "version": _INCREMENTAL_VERSION if incremental else _FULL_VERSION,
        "exportArn": export.arn,
        "startTime": _text(export.started_ms),
        "endTime": _text(ended_ms),
        "tableArn": export.table_arn,
        "tableId": export.table_id,
    }
    if incremental:
        specification = members["IncrementalExportSpecification"]
        summary |= {
            "exportFromTime": _text(round(specification["ExportFromTime"] * 1000)),
            "exportToTime": _text(round(specification["ExportToTime"] * 1000)),
        }
    else:
        summary["exportTime"] = _text(stamp_ms(export.position))
    return summary | {
        "s3Bucket": members["S3Bucket"],
        "s3Prefix": members.get("S3Prefix"),
        "s3SseAlgorithm": members.get("S3SseAlgorithm", "AES256"),
        "s3SseKmsKeyId": members.get("S3SseKmsKeyId"),
        "manifestFilesS3Key": files_key,
        "billedSizeBytes": export.billed_bytes,
        "itemCount": export.item_count,
        "outputFormat": members.get("ExportFormat", "DYNAMODB_JSON"),
        **({"outputView": _view(members)} if incremental else {}),
        "exportType": "INCREMENTAL_EXPORT" if incremental else "FULL_EXPORT",
    }


def _view(members: dict[str, Any]) -> str:
    view: str = members["IncrementalExportSpecification"]["ExportViewType"]
    return view


def _write(buckets: Buckets, export: Export, name: str, content: bytes) -> str:
    """Write a manifest and its checksum; return its key."""
    bucket, key = export.members["S3Bucket"], f"{folder(export)}{name}.json"
    digest = b64encode(hashlib.md5(content, usedforsecurity=False).digest())
    for one, body, kind in (
        (f"{folder(export)}{name}.md5", digest, "text/plain"),
        (key, content, _JSON),
    ):
        upload = buckets.upload(bucket, one, object_options(export, kind))
        upload.write(body)
        upload.commit()
    return key


def _root(export: Export) -> str:
    prefix: str = export.members.get("S3Prefix") or ""
    return prefix if not prefix or prefix.endswith("/") else f"{prefix}/"


def _text(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + (
        f"{time_ms % 1000:03d}Z"
    )
