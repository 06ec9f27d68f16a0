"""Stored records of exports and imports."""

from dataclasses import replace

import orjson
import pytest

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import TRANSFER_RETENTION_MS
from globaltables.itemstore.keyspaces import transfer_key
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.store import Store
from globaltables.transfers.records import (
    Export,
    Import,
    exports,
    find_export,
    find_import,
    forget_old,
    id_of_client_token,
    save,
)
from tests.support.formats import cases
from tests.support.stores import make_store, run

ACCOUNT = "123456789012"


def _documented(store: Store, kind: str) -> Export | Import:
    [case] = [case for case in cases("transfers.md", "Cases") if case["kind"] == kind]
    key, raw = bytes.fromhex(case["key"]), case["json"].encode()
    id_ = key.decode().rpartition(":")[2]
    assert key == transfer_key(kind, ACCOUNT, id_)
    store._engine.apply({key: raw})
    find = find_export if kind == "export" else find_import
    found = find(store.reader(), ACCOUNT, id_)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", ["export", "import"])
def test_transfers_are_stored_as_documented(kind: str) -> None:
    """Both ways."""

    async def work() -> None:
        store = make_store()
        found = _documented(store, kind)
        key = transfer_key(kind, ACCOUNT, found.id)
        before = store.reader().get(key)
        await store.submit(lambda stage: save(stage, found))

        assert before == store.reader().get(key)

    run(work)


@pytest.mark.parametrize(
    "raw", [b"{}", b"x", b'{"format":1,"export":{}}', b'{"format":2,"export":{}}']
)
def test_transfer_that_is_damaged_is_refused(raw: bytes) -> None:
    """Damaged bytes end in an error of the storage."""
    store = make_store()
    store._engine.apply({transfer_key("export", ACCOUNT, "1"): raw})

    with pytest.raises(OperationalError):
        find_export(store.reader(), ACCOUNT, "1")


def test_exports_are_listed_newest_first_and_forgotten_after_ninety_days() -> None:
    """Those of other accounts are their own; a client token goes with its export."""

    async def work() -> None:
        store = make_store()
        export = _documented(store, "export")
        assert isinstance(export, Export)
        ids = [f"{export.started_ms + n:014d}-00000000" for n in range(3)]

        def decide(stage: Stage) -> None:
            for number, id_ in enumerate(ids):
                request = orjson.dumps({"ClientToken": str(number)}).decode()
                one = replace(export, id=id_, request=request, status="IN_PROGRESS")
                save(stage, one)
                save(stage, replace(one, account="999988887777"))

        await store.submit(decide)
        listed = [one.id for one in exports(store.reader(), ACCOUNT)]
        before = [one.id for one in exports(store.reader(), ACCOUNT, ids[2])]
        now_ms = export.started_ms + 2 + TRANSFER_RETENTION_MS
        await store.submit(lambda stage: forget_old(stage, ACCOUNT, now_ms))
        kept = [one.id for one in exports(store.reader(), ACCOUNT)]
        tokens = await store.submit(
            lambda stage: [id_of_client_token(stage, "export", ACCOUNT, t) for t in "012"]
        )

        assert [ids[2], ids[1], ids[0]] == [one for one in listed if one != export.id]
        assert [ids[1], ids[0]] == [one for one in before if one != export.id]
        assert [ids[2]] == kept
        assert [None, None, ids[2]] == tokens
        assert 3 == len(list(exports(store.reader(), "999988887777")))

    run(work)
