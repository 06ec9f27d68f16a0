"""What services keep: bytes as docs/formats/companions.md has them."""

import json
import re
from functools import partial

import pytest

from globaltables.companions.records import Records, decode, encode, has_records
from globaltables.foundation.errors import OperationalError
from globaltables.itemstore.stage import Stage
from tests.support.regions import make_region
from tests.support.sources import ROOT
from tests.support.stores import run

PAGE = ROOT / "docs" / "formats" / "companions.md"
CASES = [
    case
    for block in re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for case in json.loads(block)
]


def test_page_has_cases() -> None:
    """Else the test below would say nothing."""
    assert CASES


@pytest.mark.parametrize("case", CASES)
def test_record_is_stored_as_the_page_says(case: dict[str, str]) -> None:
    """Key and bytes, both ways."""

    async def check() -> None:
        region = make_region().region
        records = Records(case["service"], case["kind"])
        document = decode(case["json"].encode())
        await region.store.submit(
            lambda stage: records.put(stage, case["account"], case["name"], document)
        )

        reader = region.store.reader()
        assert case["json"].encode() == reader.get(bytes.fromhex(case["key"])) == encode(document)
        assert document == records.get(reader, case["account"], case["name"])

    run(check)


def put_name(records: Records, account: str, name: str, stage: Stage) -> None:
    """Stage a record that has its own name."""
    records.put(stage, account, name, {"n": name})


def test_records_are_those_of_their_service_kind_and_account() -> None:
    """Nothing of one is seen in another; the end of a record takes it away."""

    async def check() -> None:
        store = make_region().region.store
        things, others = Records("a", "thing"), Records("a", "things")
        assert not has_records(store.reader(), "a")
        for account, name in (("1", "x"), ("1", "y"), ("11", "z")):
            await store.submit(partial(put_name, things, account, name))

        reader = store.reader()
        assert ["x", "y"] == [name for name, _ in things.of_account(reader, "1")]
        assert [("1", "x"), ("1", "y"), ("11", "z")] == [
            (account, name) for account, name, _ in things.of_everybody(reader)
        ]
        assert [] == list(others.of_account(reader, "1"))
        assert (True, False) == (has_records(reader, "a"), has_records(reader, "b"))
        await store.submit(lambda stage: things.put(stage, "1", "x", None))
        assert things.get(store.reader(), "1", "x") is None

    run(check)


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"format":2,"document":{}}'])
def test_decode_of_what_was_not_written_here_fails(raw: bytes) -> None:
    """A newer format is not guessed at."""
    with pytest.raises(OperationalError):
        decode(raw)
