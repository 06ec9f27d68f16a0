"""Tests of what happens to keys when its time has come."""

import asyncio
from dataclasses import replace

from globaltables.companions.kms.ciphertexts import decrypt, encrypt, read
from globaltables.companions.kms.keys import (
    SYMMETRIC,
    Key,
    Rotation,
    load_key,
    new_material,
    save_key,
)
from globaltables.companions.kms.times import perform
from globaltables.companions.kms.vault import Vault
from globaltables.itemstore.region import Region
from globaltables.security.sealing.root_key import RootKey
from globaltables.tables.definitions import Encryption
from tests.support.regions import ACCOUNT, TestRegion, make_region, make_table

_ROOT = RootKey(b"r" * 32)
_DAY_MS = 24 * 3600 * 1000
_ID = "88d75b15-c6ce-429c-b75a-bfa5e2808484"


def _region(*, realistic: bool = False) -> TestRegion:
    made = make_region()
    made.region.companions["kms"] = Vault(lambda: _ROOT)
    made.region.settings = replace(made.region.settings, realistic=realistic)
    return made


def _key(region: Region) -> Key:
    now_ms = region.clock.now_ms()
    return Key(
        id=_ID,
        account=ACCOUNT,
        region=region.name,
        created_ms=now_ms,
        usage="ENCRYPT_DECRYPT",
        spec=SYMMETRIC,
        policy="{}",
        materials=(new_material(_ROOT, _ID, b"s" * 32, "0" * 64, now_ms),),
        changed_ms=now_ms,
    )


async def _save(region: Region, key: Key) -> None:
    await region.store.submit(lambda stage: save_key(stage, key))


def test_a_key_is_deleted_at_its_time_and_its_tables_notice() -> None:
    """Not before; then nothing is left of it, and its table cannot be used."""

    async def work() -> None:
        made = _region()
        region, key = made.region, _key(made.region)
        deletion_ms = region.clock.now_ms() + 7 * _DAY_MS
        await _save(region, replace(key, deletion_ms=deletion_ms))
        table = replace(make_table(), encryption=Encryption("KMS", key.arn, customer=True))
        await made.save(table)
        assert deletion_ms == await perform(region)
        made.clock.advance(7 * _DAY_MS)
        assert await perform(region) is None
        assert load_key(region.store.reader(), ACCOUNT, _ID, -1) is None
        (stored,) = region.catalog.tables()
        assert stored.encryption is not None
        assert deletion_ms == stored.encryption.inaccessible_ms

    asyncio.run(work())


def test_a_key_is_rotated_by_the_clock() -> None:
    """Once for each period that has passed; what was encrypted before is still opened."""

    async def work() -> None:
        made = _region()
        region, key = made.region, _key(made.region)
        start_ms = region.clock.now_ms()
        await _save(region, replace(key, rotation=Rotation(100, start_ms + 100 * _DAY_MS)))
        blob = encrypt(_ROOT, key, b"hello", {})
        made.clock.advance(250 * _DAY_MS)
        assert start_ms + 300 * _DAY_MS == await perform(region)
        current = load_key(region.store.reader(), ACCOUNT, _ID, -1)
        assert current is not None
        rotated = [(one.rotated, one.since_ms) for one in current.materials[1:]]
        times = [start_ms + days * _DAY_MS for days in (100, 200)]
        assert [("AUTOMATIC", time) for time in times] == rotated
        assert b"hello" == decrypt(_ROOT, current, read(blob), {})

    asyncio.run(work())


def test_tables_notice_a_disabled_key_after_five_minutes_where_time_is_that_of_aws() -> None:
    """Until then they go on with the data key that they have."""

    async def work() -> None:
        made = _region(realistic=True)
        region, key = made.region, _key(made.region)
        await _save(region, replace(key, enabled=False))
        table = replace(make_table(), encryption=Encryption("KMS", key.arn, customer=True))
        await made.save(table)
        due_ms = region.clock.now_ms() + 5 * 60 * 1000
        assert due_ms == await perform(region)
        made.clock.advance(5 * 60 * 1000)
        assert await perform(region) is None
        (stored,) = region.catalog.tables()
        assert stored.encryption is not None
        assert due_ms == stored.encryption.inaccessible_ms

    asyncio.run(work())
