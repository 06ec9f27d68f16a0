"""The queues of a region: their records, and the index of each in memory.

Everything that changes both is called in a decision of the region's store.
"""

from typing import Any

from globaltables.companions.records import Document, Records
from globaltables.companions.sqs.queue import Entry, Queue
from globaltables.companions.sqs.refusals import no_queue
from globaltables.foundation.arns import partition_of
from globaltables.foundation.errors import ApiError
from globaltables.foundation.message_limits import SQS_DEDUPLICATION_MS, SQS_NAME_REUSED_MS
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage

QUEUES = Records("sqs", "queue")
MESSAGES = Records("sqs", "message")
RECEPTIONS = Records("sqs", "reception")
DEDUPLICATIONS = Records("sqs", "deduplication")


class Queues:
    """Every queue of a region.

    Args:
        region: whose.

    Attributes:
        waiting: what is told of the next message of a queue, by account and name.
        stopping: whether the node begins to stop, so that nobody waits any longer.
    """

    def __init__(self, region: Region) -> None:
        self.region = region
        self.waiting: dict[tuple[str, str], set[Any]] = {}
        self.stopping = False
        self._queues: dict[tuple[str, str], Queue] = {}
        self._remembered: dict[tuple[str, str], Document] = {}
        self._deleted: dict[tuple[str, str], int] = {}
        self._load()

    def find(self, account: str, name: str) -> Queue | None:
        """Return a queue."""
        return self._queues.get((account, name))

    def get(self, account: str, name: str) -> Queue:
        """Return a queue.

        Raises:
            ApiError: it is not there.
        """
        queue = self.find(account, name)
        if queue is None:
            raise no_queue()
        return queue

    def by_arn(self, arn: str) -> Queue | None:
        """Return a queue of this region by its ARN."""
        parts = arn.split(":")
        if len(parts) != 6 or parts[3] != self.region.name:
            return None
        queue = self.find(parts[4], parts[5])
        return queue if queue is not None and self.arn(queue) == arn else None

    def of_account(self, account: str) -> list[Queue]:
        """Return the queues of an account in the order of their names."""
        found = [queue for queue in self._queues.values() if queue.account == account]
        return sorted(found, key=lambda queue: queue.name)

    def everything(self) -> list[Queue]:
        """Return all queues."""
        return list(self._queues.values())

    def arn(self, queue: Queue) -> str:
        """Return a queue's ARN."""
        return self.arn_of(queue.account, queue.name)

    def arn_of(self, account: str, name: str) -> str:
        """Return the ARN that a queue of that name has."""
        region = self.region.name
        return f"arn:{partition_of(region)}:sqs:{region}:{account}:{name}"

    def check_name_free(self, account: str, name: str) -> None:
        """Raise what a queue is refused with whose name was just another's; only in realistic mode.

        Raises:
            ApiError: QueueDeletedRecently.
        """
        deleted_ms = self._deleted.get((account, name), 0)
        if self.region.clock.now_ms() < deleted_ms + SQS_NAME_REUSED_MS:
            raise ApiError(
                "QueueDeletedRecently",
                "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
            )

    # --- in decisions

    def create(self, stage: Stage, account: str, name: str, document: Document) -> Queue:
        """Make a queue."""
        QUEUES.put(stage, account, name, document)
        queue = self._queues[account, name] = Queue(account, name, document)
        return queue

    def save(self, stage: Stage, queue: Queue, document: Document) -> None:
        """Change what a queue keeps of itself."""
        QUEUES.put(stage, queue.account, queue.name, document)
        queue.document = document
        self.tell(queue)

    def delete(self, stage: Stage, queue: Queue) -> None:
        """Take a queue away, with its messages."""
        self.purge(stage, queue)
        prefix = f"{queue.queue_id}/"
        for account, key in [one for one in self._remembered if one[1].startswith(prefix)]:
            self._forget(stage, account, key)
        QUEUES.put(stage, queue.account, queue.name, None)
        del self._queues[queue.account, queue.name]
        if self.region.settings.realistic:
            self._deleted[queue.account, queue.name] = self.region.clock.now_ms()
        self.tell(queue)

    def purge(self, stage: Stage, queue: Queue) -> None:
        """Take every message out of a queue."""
        for sequence in list(queue.entries):
            self.remove(stage, queue, sequence)

    def add(self, stage: Stage, queue: Queue, message: Document, visible_ms: int) -> int:
        """Put a message into a queue, and return its sequence number."""
        sequence = stage.tick()
        message["visible"] = visible_ms
        MESSAGES.put(stage, queue.account, _key(queue, sequence), message)
        entry = Entry(sequence, message["sent"], visible_ms, message.get("group", ""))
        queue.add(entry, self.region.clock.now_ms())
        self.tell(queue)
        return sequence

    def remove(self, stage: Stage, queue: Queue, sequence: int) -> None:
        """Take a message out of a queue."""
        entry = queue.remove(sequence)
        key = _key(queue, sequence)
        MESSAGES.put(stage, queue.account, key, None)
        if entry.count:
            RECEPTIONS.put(stage, queue.account, key, None)
        if queue.is_fifo:
            self.tell(queue)  # what is behind it in its group can be received now

    def move(self, stage: Stage, queue: Queue, sequence: int, to: Queue) -> None:
        """Move a message to the end of another queue."""
        message = self.message(stage, queue, sequence)
        message["source"] = self.arn(queue)
        self.remove(stage, queue, sequence)
        self.add(stage, to, message, self.region.clock.now_ms())

    def keep_reception(self, stage: Stage, queue: Queue, entry: Entry) -> None:
        """Keep what a reception, or a change of it, did to a message."""
        document = {"visible": entry.visible_ms, "count": entry.count, "first": entry.first_ms}
        RECEPTIONS.put(stage, queue.account, _key(queue, entry.sequence), document)

    def expire(self, stage: Stage, queue: Queue) -> None:
        """Take out what is older than the queue keeps messages."""
        now_ms = self.region.clock.now_ms()
        retention_ms = queue.setting("MessageRetentionPeriod") * 1000
        for sequence in queue.expired(now_ms - retention_ms):
            self.remove(stage, queue, sequence)

    def remembered(self, queue: Queue, deduplication: str) -> Document | None:
        """Return what was answered for a message of that deduplication id in the last five minutes."""
        found = self._remembered.get((queue.account, f"{queue.queue_id}/{deduplication}"))
        if found is None or found["until"] <= self.region.clock.now_ms():
            return None
        return found

    def remember(self, stage: Stage, queue: Queue, deduplication: str, answer: Document) -> None:
        """Keep what is answered for a message, for five minutes; forget what is older."""
        now_ms = self.region.clock.now_ms()
        while self._remembered:
            account, key = next(iter(self._remembered))
            if self._remembered[account, key]["until"] > now_ms:
                break  # they are in the order of their ends
            self._forget(stage, account, key)
        key = f"{queue.queue_id}/{deduplication}"
        document = {**answer, "until": now_ms + SQS_DEDUPLICATION_MS}
        self._remembered.pop((queue.account, key), None)
        self._remembered[queue.account, key] = document
        DEDUPLICATIONS.put(stage, queue.account, key, document)

    def message(self, stage: Stage, queue: Queue, sequence: int) -> Document:
        """Return a message."""
        message = MESSAGES.get(stage, queue.account, _key(queue, sequence))
        assert message is not None, "the index has what is stored"
        return message

    # --- waiting

    def tell(self, queue: Queue) -> None:
        """Wake who waits for a message of a queue."""
        for future in self.waiting.pop((queue.account, queue.name), ()):
            if not future.done():
                future.set_result(None)

    def stop_waiting(self) -> None:
        """Let everybody who waits go without a message."""
        self.stopping = True
        for queue in self.everything():
            self.tell(queue)

    # --- loading

    def _forget(self, stage: Stage, account: str, key: str) -> None:
        del self._remembered[account, key]
        DEDUPLICATIONS.put(stage, account, key, None)

    def _load(self) -> None:
        reader = self.region.store.reader()
        by_id: dict[str, Queue] = {}
        for account, name, document in QUEUES.of_everybody(reader):
            queue = self._queues[account, name] = Queue(account, name, document)
            by_id[queue.queue_id] = queue
        receptions = {key: one for _, key, one in RECEPTIONS.of_everybody(reader)}
        now_ms = self.region.clock.now_ms()
        for _, key, message in MESSAGES.of_everybody(reader):
            queue_id, _, number = key.partition("/")
            by_id[queue_id].add(
                _entry(int(number, 16), message, receptions.get(key), now_ms), now_ms
            )
        found = list(DEDUPLICATIONS.of_everybody(reader))
        for account, key, document in sorted(found, key=lambda one: int(one[2]["until"])):
            self._remembered[account, key] = document


def queues_of(region: Region) -> Queues:
    """Return the queues of a region; they are loaded at the first use."""
    queues: Queues | None = region.companions.get("sqs")
    if queues is None:
        queues = region.companions["sqs"] = Queues(region)
        if region.services is not None:
            region.services.at_stop.append(queues.stop_waiting)
    return queues


def _key(queue: Queue, sequence: int) -> str:
    return f"{queue.queue_id}/{sequence:016x}"


def _entry(sequence: int, message: Document, reception: Document | None, now_ms: int) -> Entry:
    entry = Entry(sequence, message["sent"], message["visible"], message.get("group", ""))
    if reception is not None:
        entry.visible_ms = reception["visible"]
        entry.count, entry.first_ms = reception["count"], reception["first"]
        entry.held = entry.visible_ms > now_ms
    return entry
