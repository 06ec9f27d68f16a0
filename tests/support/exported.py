"""Reads exports as the developer guide describes them: the summary, the list of files, their MD5s, their lines."""

import gzip
import hashlib
import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

from globaltables.transfers.ion_text import ion_values


class Exported:
    """An export in a bucket that is a folder.

    Args:
        bucket: the folder.
        manifest: the key of the summary, as DescribeExport tells it.
    """

    def __init__(self, bucket: Path, manifest: str) -> None:
        self._bucket = bucket
        self._manifest = manifest
        self.summary: dict[str, Any] = json.loads(self._checked(manifest))
        lines = self._checked(self.summary["manifestFilesS3Key"]).splitlines()
        self.files: list[dict[str, Any]] = [json.loads(line) for line in lines]

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The parsed lines of every data file; Ion's are maps of attributes too."""
        return [line for file in self.files for line in self._lines(file)]

    @property
    def items(self) -> list[dict[str, Any]]:
        """The items of a full export."""
        return [line["Item"] for line in self.lines]

    def _lines(self, file: dict[str, Any]) -> list[dict[str, Any]]:
        content = (self._bucket / file["dataFileS3Key"]).read_bytes()
        digest = hashlib.md5(content, usedforsecurity=False)
        assert file["md5Checksum"] == b64encode(digest.digest()).decode()
        text = gzip.decompress(content).decode()
        parsed = list(map(_parsed, text.splitlines()))
        assert file["itemCount"] == len(parsed)
        return parsed

    def _checked(self, key: str) -> bytes:
        path = self._bucket / key
        content = path.read_bytes()
        digest = hashlib.md5(content, usedforsecurity=False).digest()
        assert digest == b64decode(path.with_suffix(".md5").read_bytes())
        return content


def _parsed(line: str) -> dict[str, Any]:
    if line.startswith("{"):
        parsed: dict[str, Any] = json.loads(line)
        return parsed
    assert line.startswith("$ion_1_0 ")
    [value] = ion_values(line)
    fields: dict[str, Any] = value["M"]
    return {name: _plain(one) for name, one in fields.items()}


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """Return a wrapper's fields as DynamoDB JSON has them."""
    fields: dict[str, Any] = value["M"]
    if fields.keys() & {"Keys", "Metadata"}:
        return {name: one["M"] for name, one in fields.items()}
    return fields
