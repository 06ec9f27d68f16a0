"""What a region keeps of its exports and imports: what was asked for and how it went (docs/formats/transfers.md).

How far one is, is in its job (itemstore/jobs.py); these records are what AWS describes, and stay for 90 days.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import orjson

from globaltables.engine.interface import Reader
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import TRANSFER_RETENTION_MS
from globaltables.itemstore.keyspaces import client_token_key, transfer_key, transfers_of
from globaltables.itemstore.stage import Stage
from globaltables.tables.codec import from_stored, stored_json
from globaltables.tables.definitions import KeySchema

FORMAT_VERSION = 1
TransferKind = Literal["export", "import"]
TransferStatus = Literal["IN_PROGRESS", "COMPLETED", "FAILED"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an export or import FAILED, in AWS's words."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """What exports and imports have in common.

    Attributes:
        id: the last part of the ARN: when it began and a random part; unique in its account.
        request: its members as JSON, with the client token that was made where there was none.
        asked: the digest of the request as it was.
        job: the number of its job.
        table_id: of the table that is exported, or made.
    """

    id: str
    account: str
    region: str
    table_arn: str
    table_name: str
    table_id: str
    request: str
    asked: str
    job: int
    started_ms: int
    status: TransferStatus = "IN_PROGRESS"
    ended_ms: int | None = None
    failure: Failure | None = None

    @property
    def members(self) -> dict[str, Any]:
        """The members of the request."""
        members: dict[str, Any] = orjson.loads(self.request)
        return members


@dataclass(frozen=True, slots=True, kw_only=True)
class Export(Transfer):
    """An export.

    Attributes:
        table_number: where its items are stored.
        schema: of its keys.
        position: the last position of the log that it shows.
        after: for an incremental export: it shows what changed behind this position.
        billed_bytes: what AWS would bill.
        manifest: the key of the summary.
    """

    table_number: int
    schema: KeySchema
    position: int
    after: int | None = None
    item_count: int = 0
    billed_bytes: int = 0
    manifest: str = ""

    @property
    def arn(self) -> str:
        """The ARN."""
        return f"{self.table_arn}/export/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import(Transfer):
    """An import.

    Attributes:
        table_number: of the table, 0 before it is made.
        processed_bytes: of the objects that were read, as they are stored.
        processed_count: items that were read, good or bad.
        imported_count: items that were written.
        error_count: items and files that were not.
    """

    table_number: int = 0
    processed_bytes: int = 0
    processed_count: int = 0
    imported_count: int = 0
    error_count: int = 0

    @property
    def arn(self) -> str:
        """The ARN."""
        return f"{self.table_arn}/import/{self.id}"


T = TypeVar("T", Export, Import)


def save(stage: Stage, transfer: Export | Import) -> None:
    """Stage a record."""
    kind: TransferKind = "export" if isinstance(transfer, Export) else "import"
    stored = {"format": FORMAT_VERSION, kind: transfer}
    stage.put(transfer_key(kind, transfer.account, transfer.id), stored_json(stored))
    token = client_token_key(kind, transfer.account, transfer.members["ClientToken"])
    if transfer.status == "IN_PROGRESS":
        stage.put(token, transfer.id.encode("ascii"))


def asked_of(request: Mapping[str, Any]) -> str:
    """Return the digest of a request without its client token."""
    asked = {name: value for name, value in request.items() if name != "ClientToken"}
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()


def id_of_client_token(stage: Stage, kind: TransferKind, account: str, token: str) -> str | None:
    """Return the id of what was begun last with an account's client token."""
    raw = stage.get(client_token_key(kind, account, token))
    return None if raw is None else raw.decode("ascii")


def find_export(reader: Reader | Stage, account: str, id_: str) -> Export | None:
    """Return an account's export of that id."""
    raw = reader.get(transfer_key("export", account, id_))
    return None if raw is None else _decoded(Export, "export", raw)


def find_import(reader: Reader | Stage, account: str, id_: str) -> Import | None:
    """Return an account's import of that id."""
    raw = reader.get(transfer_key("import", account, id_))
    return None if raw is None else _decoded(Import, "import", raw)


def exports(reader: Reader, account: str, before: str = "") -> Iterator[Export]:
    """Iterate over an account's exports, newest first, from the one before an id on."""
    start, end = transfers_of("export", account, before)
    for _, raw in reader.range(start, end, reverse=True):
        yield _decoded(Export, "export", raw)


def imports(reader: Reader, account: str, before: str = "") -> Iterator[Import]:
    """Iterate over an account's imports, newest first, from the one before an id on."""
    start, end = transfers_of("import", account, before)
    for _, raw in reader.range(start, end, reverse=True):
        yield _decoded(Import, "import", raw)


def forget_old(stage: Stage, account: str, now_ms: int) -> None:
    """Stage the end of what was begun more than 90 days ago; a new transfer takes them with it."""
    oldest = f"{now_ms - TRANSFER_RETENTION_MS:014d}"
    kinds: tuple[TransferKind, ...] = ("export", "import")
    for kind in kinds:
        start, end = transfers_of(kind, account, oldest)
        for key, raw in list(stage.applied.range(start, end)):
            members = orjson.loads(orjson.loads(raw)[kind]["request"])
            stage.delete(client_token_key(kind, account, members["ClientToken"]))
            stage.delete(key)


def _decoded(record: type[T], kind: TransferKind, raw: bytes) -> T:
    """Return the record of stored bytes.

    Raises:
        OperationalError: they are damaged or of another format.
    """
    try:
        stored = orjson.loads(raw)
        if stored["format"] == FORMAT_VERSION:
            decoded: T = from_stored(record, stored[kind])
            return decoded
    except (KeyError, TypeError, ValueError) as error:
        raise OperationalError(f"a stored {kind} is damaged: {error}") from error
    msg = f"a stored {kind} has format {stored['format']}, this version reads {FORMAT_VERSION}"
    raise OperationalError(msg)
