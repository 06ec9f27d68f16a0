"""A failover drill: write, kill a region, go on in another, heal, and measure what it cost.

    RTO  from the kill to the first write that the other region acknowledged; it contains the clients' own rule for
         giving a region up (so many milliseconds without an acknowledgement)
    RPO  the writes that the failed region had acknowledged and the other one did not have when clients went on there,
         and how long before the kill the oldest of them was acknowledged

The clock is this machine's monotonic one; writers are real clients of the public API.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from globaltables.client.connection import Connection
from globaltables.foundation.errors import OperationalError
from globaltables.runtime.randomness import new_secret
from globaltables.runtime.stopwatch import Stopwatch

_BATCH = 25
_MARK = "globaltables-drill"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is drilled.

    Attributes:
        seconds: how long is written before the kill, and again after it.
        writers: clients that write at the same time.
        give_up_ms: a client goes to the other region when it has had no acknowledgement for so long.
    """

    table: str
    fail: str
    to: str
    seconds: float
    writers: int
    give_up_ms: float


@dataclass(frozen=True, slots=True)
class Report:
    """What a drill measured; times in milliseconds.

    Attributes:
        acknowledged: writes that were acknowledged, by region.
        rto_ms: see the module.
        rpo_writes: see the module.
        rpo_ms: see the module; 0 when nothing was missing.
        heal_ms: from the start of the failed region until every member had everything.
        lost: acknowledged writes that a member lacks after the healing.
        equal: whether all members were equal then.
    """

    table: str
    failed: str
    survivor: str
    acknowledged: dict[str, int]
    rto_ms: float
    rpo_writes: int
    rpo_ms: float
    heal_ms: float
    lost: int
    equal: bool

    def as_json(self) -> dict[str, Any]:
        """Return the members by name."""
        return asdict(self)


@dataclass
class _Writes:
    """What was acknowledged: by region, number of the write -> time."""

    acknowledged: dict[str, dict[int, float]]
    lock: threading.Lock = field(default_factory=threading.Lock)
    next_number: int = 0

    def number(self) -> int:
        with self.lock:
            self.next_number += 1
            return self.next_number


class Drill:
    """One run.

    Args:
        endpoint: of the deployment.
        plan: what is drilled.
        tell: called with a sentence at every step.
    """

    def __init__(self, endpoint: str, plan: Plan, tell: Callable[[str], None]) -> None:
        self._endpoint = endpoint
        self._plan = plan
        self._tell = tell
        self._failing = Connection(endpoint, plan.fail)
        self._surviving = Connection(endpoint, plan.to)
        self._run = new_secret()[:12]
        self._watch = Stopwatch()
        self._keys: list[tuple[str, str]] = []

    def run(self) -> Report:
        """Drill, clean up, and return what was measured.

        Raises:
            OperationalError: the deployment cannot do it.
        """
        plan = self._plan
        self._keys = self._key_attributes()
        writes = _Writes({plan.fail: {}, plan.to: {}})
        stop = threading.Event()
        ready = threading.Barrier(plan.writers + 1)
        writers = [
            threading.Thread(target=self._write, args=(writes, ready, stop), daemon=True)
            for _ in range(plan.writers)
        ]
        for writer in writers:
            writer.start()
        ready.wait()
        self._tell(f"{plan.writers} clients write to {plan.fail} for {plan.seconds:g} s")
        self._watch.wait(plan.seconds)
        killed = self._watch.seconds()
        self._stop_node()
        self._tell(f"the process of {plan.fail} was killed; clients go to {plan.to}")
        try:
            self._watch.wait(plan.give_up_ms / 1000 + plan.seconds)
            stop.set()
            for writer in writers:
                writer.join()
            missing = self._missing(self._surviving, writes.acknowledged[plan.fail])
        finally:
            stop.set()
            healed = self._heal()
        return self._report(writes, killed, missing, healed)

    def _report(
        self, writes: _Writes, killed: float, missing: list[float], heal_ms: float
    ) -> Report:
        plan = self._plan
        if not writes.acknowledged[plan.to]:
            raise OperationalError(f"no write was acknowledged in {plan.to} after the kill")
        own = self._surviving.own()
        verified = self._surviving.call(own.verify_table, TableName=plan.table)
        everything = {**writes.acknowledged[plan.fail], **writes.acknowledged[plan.to]}
        lost = len(
            self._missing(self._surviving, everything) + self._missing(self._failing, everything)
        )
        self._clean_up(writes.next_number)
        return Report(
            table=plan.table,
            failed=plan.fail,
            survivor=plan.to,
            acknowledged={region: len(times) for region, times in writes.acknowledged.items()},
            rto_ms=round((min(writes.acknowledged[plan.to].values()) - killed) * 1000, 1),
            rpo_writes=len(missing),
            rpo_ms=round(max(0.0, killed - min(missing, default=killed)) * 1000, 1),
            heal_ms=round(heal_ms, 1),
            lost=lost,
            equal=verified["Equal"],
        )

    def _key_attributes(self) -> list[tuple[str, str]]:
        """Return name and type of the table's key attributes.

        Raises:
            OperationalError: the two regions are not members of one global table.
        """
        plan = self._plan
        client = self._failing.dynamodb()
        table = self._failing.call(client.describe_table, TableName=plan.table)["Table"]
        members = {replica["RegionName"] for replica in table.get("Replicas", [])}
        if plan.to not in members:
            raise OperationalError(f"{plan.table} in {plan.fail} has no replica in {plan.to}")
        types = {
            one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]
        }
        names = [one["AttributeName"] for one in table["KeySchema"]]
        return [(name, types[name]) for name in names]

    def _stop_node(self) -> None:
        own = self._surviving.own()
        try:
            self._surviving.call(own.stop_node, RegionName=self._plan.fail, Kill=True)
        except OperationalError as error:
            raise OperationalError(
                f"{error}\nA region can be killed alone when it has a process of its own: "
                "start the deployment with `globaltables up --processes --regions A,B,C`"
            ) from error

    def _heal(self) -> float:
        plan = self._plan
        begun = self._watch.seconds()
        own = self._surviving.own()
        self._surviving.call(own.start_node, RegionName=plan.fail)
        self._tell(f"{plan.fail} runs again; waiting until every member has everything")
        self._surviving.call(own.sync_table, TableName=plan.table, TimeoutSeconds=600)
        return (self._watch.seconds() - begun) * 1000

    def _write(self, writes: _Writes, ready: threading.Barrier, stop: threading.Event) -> None:
        """Write until told to stop: where the drill begins, and in the other region after that one was given up."""
        plan = self._plan
        region = plan.fail
        # Both are made before, because making one takes longer than a region is given to answer.
        clients = {
            name: Connection(self._endpoint, name, patient=False).dynamodb()
            for name in (plan.fail, plan.to)
        }
        ready.wait()
        acknowledged = self._watch.seconds()
        while not stop.is_set():
            number = writes.number()
            item = {**self._key(number), _MARK: {"S": self._run}}
            try:
                self._surviving.call(clients[region].put_item, TableName=plan.table, Item=item)
            except OperationalError:
                waited_ms = (self._watch.seconds() - acknowledged) * 1000
                if region == plan.fail and waited_ms >= plan.give_up_ms:
                    region = plan.to
                else:
                    self._watch.wait(0.01)
                continue
            acknowledged = self._watch.seconds()
            writes.acknowledged[region][number] = acknowledged

    def _missing(self, connection: Connection, times: dict[int, float]) -> list[float]:
        """Return when the writes were acknowledged that a region does not have."""
        client = connection.dynamodb()
        missing = []
        for numbers in _batches(sorted(times)):
            keys = [self._key(number) for number in numbers]
            found: list[Any] = []
            while keys:
                request = {self._plan.table: {"Keys": keys, "ConsistentRead": True}}
                answer = connection.call(client.batch_get_item, RequestItems=request)
                found += answer["Responses"].get(self._plan.table, [])
                keys = answer["UnprocessedKeys"].get(self._plan.table, {}).get("Keys", [])
            held = {_text(item[self._keys[0][0]]) for item in found}
            missing += [
                times[number]
                for number in numbers
                if _text(self._key(number)[self._keys[0][0]]) not in held
            ]
        return missing

    def _clean_up(self, last: int) -> None:
        self._tell("cleaning up")
        client = self._surviving.dynamodb()
        for numbers in _batches(range(1, last + 1)):
            writes = [{"DeleteRequest": {"Key": self._key(number)}} for number in numbers]
            while writes:
                request = {self._plan.table: writes}
                answer = self._surviving.call(client.batch_write_item, RequestItems=request)
                writes = answer["UnprocessedItems"].get(self._plan.table, [])

    def _key(self, number: int) -> dict[str, dict[str, Any]]:
        """Return the key of a write: in the partition key this run and the number, whatever its type."""
        name = f"{_MARK}#{self._run}#{number}"
        values: dict[str, Any] = {"S": name, "B": name.encode(), "N": str(self._number(number))}
        (hash_name, hash_type), *rest = self._keys
        fixed: dict[str, Any] = {"S": _MARK, "B": _MARK.encode(), "N": "0"}
        return {
            hash_name: {hash_type: values[hash_type]},
            **{name: {kind: fixed[kind]} for name, kind in rest},
        }

    def _number(self, number: int) -> int:
        """Return a number of 37 digits that no other run has."""
        return -(int(self._run, 16) * 10**20 + number)


def _text(value: dict[str, Any]) -> str:
    return str(next(iter(value.values())))


def _batches(numbers: Any) -> Iterator[list[int]]:
    listed = list(numbers)
    for begin in range(0, len(listed), _BATCH):
        yield listed[begin : begin + _BATCH]
