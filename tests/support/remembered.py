"""A table with a random history, and what it held at every millisecond of it: what restores are compared with."""

import random
from pathlib import Path
from typing import Any

from globaltables.items.item_encoding import decode_item
from globaltables.items.key_encoding import encode_key
from globaltables.itemstore.keyspaces import item_prefix, whole
from globaltables.itemstore.stage import Stage
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.definitions import Table
from tests.support.slow_world import ACCOUNT, INDEX_CREATION, INDEX_DELETION, NAME, TABLE, SlowWorld

State = dict[str, dict[str, Any]]
_KEYS = 12
_REGION = "us-east-1"


class RememberedTable:
    """A table in a world of its own whose clock moves in small and large steps, also backwards.

    Args:
        folder: where the world is stored, so that it can be restarted.
        seed: of everything that is chosen.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.world = SlowWorld(folder, realistic=False)
        self.chance = random.Random(seed)
        self.now: State = {}
        self.states: list[tuple[int, State]] = []
        self.restores: list[tuple[str, State]] = []
        self._indexed = False
        self._doings = [
            (self._put, 30),
            (self._update, 15),
            (self._delete, 15),
            (self._transact, 10),
            (self._replicate, 10),
            (self._expire, 5),
            (self._step, 20),
            (self._index, 3),
            (self._restart, 2),
            (self._restore, 6),
            (self._back_up, 4),
        ]

    async def begin(self) -> None:
        """Create the table with some items, then enable point-in-time recovery."""
        await self.world.ask("CreateTable", **TABLE)
        for _ in range(_KEYS):
            await self._put()
        await self.world.ask(
            "UpdateContinuousBackups",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
        self._remember()

    async def do(self) -> None:
        """Do something, and remember what the table holds then."""
        doings, weights = zip(*self._doings, strict=True)
        (doing,) = self.chance.choices(doings, weights)
        await doing()
        self._remember()

    async def end(self) -> None:
        """Let everything that is being restored be restored."""
        for name, _ in self.restores:
            while self._table(name).restoring is not None:
                await self.world.rest()

    def held(self, name: str) -> State:
        """Return what a table holds."""
        region = self.world.node.region(_REGION)
        found = region.store.reader().range(*whole(item_prefix(self._table(name).number)))
        items = (decode_item(raw).item for _, raw in found)
        return {item["pk"]["S"]: item for item in items}

    async def indexed(self, name: str) -> State | None:
        """Return what the global index of a table holds, None when there is none."""
        if not self._table(name).indexes:
            return None
        answer = await self.world.ask("Scan", TableName=name, IndexName="gsi")
        return {item["pk"]["S"]: item for item in answer["Items"]}

    # --- what happens

    async def _put(self) -> None:
        item = self._item(self._key())
        await self.world.ask("PutItem", Item=item)
        self.now[item["pk"]["S"]] = item

    async def _update(self) -> None:
        key, value = self._key(), self._value()
        await self.world.ask(
            "UpdateItem",
            Key={"pk": {"S": key}},
            UpdateExpression="SET v = :v",
            ExpressionAttributeValues={":v": value},
        )
        self.now[key] = {"pk": {"S": key}, **self.now.get(key, {}), "v": value}

    async def _delete(self) -> None:
        key = self._key()
        await self.world.ask("DeleteItem", Key={"pk": {"S": key}})
        self.now.pop(key, None)

    async def _transact(self) -> None:
        gone, *keys = self.chance.sample([f"k{number}" for number in range(_KEYS)], 4)
        items = [self._item(key) for key in keys]
        await self.world.ask(
            "TransactWriteItems",
            TransactItems=[
                {"Delete": {"TableName": NAME, "Key": {"pk": {"S": gone}}}},
                *({"Put": {"TableName": NAME, "Item": item}} for item in items),
            ],
        )
        self.now.pop(gone, None)
        self.now.update(zip(keys, items, strict=True))

    async def _replicate(self) -> None:
        """Write as replication does: with another region's version, from long ago."""
        item = self._item(self._key())
        await self._write(item, item, kind="replica", stamp=1, origin="eu-west-1")
        self.now[item["pk"]["S"]] = item

    async def _expire(self) -> None:
        key = self._key()
        await self._write({"pk": {"S": key}}, None, kind="ttl")
        self.now.pop(key, None)

    async def _step(self) -> None:
        """Move the clock; the region's own goes on meanwhile when it is set back."""
        step_ms = self.chance.choice([0, 1, 1, 2, 50, 1_000, 3_600_000, -3, -5_000])
        await self.world.advance(step_ms)

    async def _index(self) -> None:
        """Create the global index or delete it."""
        await self.world.ask("UpdateTable", **(INDEX_DELETION if self._indexed else INDEX_CREATION))
        self._indexed = not self._indexed
        await self.world.rest()

    async def _restart(self) -> None:
        await self.world.restart()

    async def _restore(self) -> None:
        """Begin to restore an instant; writes go on meanwhile."""
        earliest, latest = self.states[0][0], self.states[-1][0] - 1
        name = f"restored-{len(self.restores)}"
        request: dict[str, Any] = {}
        if latest < earliest or self.chance.random() < 0.2:
            request["UseLatestRestorableTime"] = True
            wanted = self.states[-1][1]
        else:
            near = self.chance.choice(self.states)[0] + self.chance.choice([-1, 0, 0, 1])
            at = min(max(near, earliest), latest)
            request["RestoreDateTime"] = at / 1000
            wanted = next(state for ms, state in reversed(self.states) if ms <= at)
        await self.world.ask(
            "RestoreTableToPointInTime", SourceTableName=NAME, TargetTableName=name, **request
        )
        self.restores.append((name, wanted))

    async def _back_up(self) -> None:
        """Make a backup and restore it at once, also while it is still being copied."""
        name = f"restored-{len(self.restores)}"
        answer = await self.world.ask("CreateBackup", BackupName="one")
        wanted = dict(self.now)
        await self._put()
        arn = answer["BackupDetails"]["BackupArn"]
        await self.world.ask("RestoreTableFromBackup", BackupArn=arn, TargetTableName=name)
        self.restores.append((name, wanted))

    # --- parts

    def _remember(self) -> None:
        """Take note of what the table holds at this millisecond of the region's clock."""
        now_ms = stamp_ms(self.world.node.region(_REGION).hlc.last)
        if self.states and self.states[-1][0] == now_ms:
            self.states.pop()
        self.states.append((now_ms, dict(self.now)))

    def _key(self) -> str:
        return f"k{self.chance.randrange(_KEYS)}"

    def _value(self) -> dict[str, str]:
        return {"N": str(self.chance.randrange(1_000_000))}

    def _item(self, key: str) -> dict[str, Any]:
        item = {"pk": {"S": key}, "v": self._value()}
        return item | {"g": {"S": "x"}} if self.chance.random() < 0.7 else item

    def _table(self, name: str) -> Table:
        table = self.world.node.region(_REGION).catalog.find(ACCOUNT, name)
        assert table is not None, name
        return table

    async def _write(self, key: Any, item: Any, **how: Any) -> None:
        table = self._table(NAME)
        encoded = encode_key(table.schema, key)

        def decide(stage: Stage) -> None:
            stage.write(table, encoded, item, **how)

        await self.world.node.region(_REGION).store.submit(decide)
