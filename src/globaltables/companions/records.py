"""The durable state of the services: JSON documents in a region's store, by service, kind, account and name.

See docs/formats/companions.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from globaltables.engine.interface import Reader
from globaltables.foundation.errors import OperationalError
from globaltables.itemstore.keyspaces import COMPANIONS, whole
from globaltables.itemstore.stage import Stage

FORMAT_VERSION = 1
#: A document: what JSON can hold.
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Records:
    """The documents of one kind.

    Attributes:
        service: its name.
        kind: e.g. "experiment".
    """

    service: str
    kind: str

    def get(self, reader: Reader | Stage, account: str, name: str) -> Document | None:
        """Return a document; changing it changes nothing that is stored."""
        if not name.isascii():
            return None  # nothing is called that
        raw = reader.get(self._key(account, name))
        return None if raw is None else decode(raw)

    def put(self, stage: Stage, account: str, name: str, document: Document | None) -> None:
        """Stage a document, or the end of one."""
        stage.put(self._key(account, name), None if document is None else encode(document))

    def of_account(
        self, reader: Reader, account: str, beginning: str = ""
    ) -> Iterator[tuple[str, Document]]:
        """Return the documents of an account by name, in the order of the names.

        Args:
            reader: of the region.
            account: whose.
            beginning: of the names that are wanted.
        """
        if not beginning.isascii():
            return
        prefix = self._key(account, "")
        for key, raw in reader.range(*whole(self._key(account, beginning))):
            yield key[len(prefix) :].decode("ascii"), decode(raw)

    def of_everybody(self, reader: Reader) -> Iterator[tuple[str, str, Document]]:
        """Return the documents of all accounts with account and name."""
        prefix = self._prefix
        for key, raw in reader.range(*whole(prefix)):
            account, _, name = key[len(prefix) :].decode("ascii").partition("/")
            yield account, name, decode(raw)

    @property
    def _prefix(self) -> bytes:
        return COMPANIONS + f"{self.service}/{self.kind}/".encode("ascii")

    def _key(self, account: str, name: str) -> bytes:
        return self._prefix + f"{account}/{name}".encode("ascii")


def has_records(reader: Reader, service: str) -> bool:
    """Tell whether anything is stored for a service."""
    found = reader.range(*whole(COMPANIONS + f"{service}/".encode("ascii")))
    return next(iter(found), None) is not None


def encode(document: Document) -> bytes:
    """Return the stored bytes of a document."""
    return orjson.dumps({"format": FORMAT_VERSION, "document": document})


def decode(raw: bytes) -> Document:
    """Return the document of stored bytes.

    Raises:
        OperationalError: they are damaged or of another format.
    """
    try:
        stored = orjson.loads(raw)
        if stored["format"] == FORMAT_VERSION:
            document: Document = stored["document"]
            return document
    except (KeyError, TypeError, ValueError) as error:
        raise OperationalError(f"a record of a service is damaged: {error}") from error
    msg = f"a record of a service has format {stored['format']}"
    raise OperationalError(f"{msg}, this version reads {FORMAT_VERSION}")
