"""Shows Contributor Insights what a Scan reads: it names no key, but every item that it reads is an access."""

from collections.abc import Sequence

import orjson

from globaltables.capacity.admission import Admission
from globaltables.itemstore.pages import Keep
from globaltables.tables.definitions import Table


def noting(keep: Keep | None, seen: list[bytes]) -> Keep:
    """Return what shows items as `keep` does, and notes the JSON of each."""

    def note(json: bytes) -> bytes | None:
        seen.append(json)
        return json if keep is None else keep(json)

    return note


def show_scanned(
    admission: Admission,
    table: Table,
    index_name: str | None,
    units: float,
    items: Sequence[bytes],
) -> None:
    """Show the observer the items of a page, each with an equal part of the page's units."""
    observer = admission.observer
    if observer is not None:
        each = units / len(items)
        for json in items:
            observer.accessed(table, index_name, orjson.loads(json), each, "read")
