"""What of a page of the log goes into the next PutRecords request, so that no item's changes change their order.

A request may succeed for some of its records only, whichever these are. So it never holds two changes of one item, and
a later change of an item waits until the earlier one is delivered.
"""

from collections.abc import Iterable, Sequence

from globaltables.destinations.records import KinesisRecord
from globaltables.foundation.limits import KINESIS_REQUEST_BYTES_MAX, KINESIS_REQUEST_RECORDS_MAX


class Page:
    """Records that follow one another in the log and are not all delivered.

    Args:
        records: in the log's order; at most one page of the log.
    """

    def __init__(self, records: Iterable[KinesisRecord]) -> None:
        self._records = list(records)

    @property
    def oldest(self) -> KinesisRecord | None:
        """The first record that is not delivered, None when all are."""
        return self._records[0] if self._records else None

    def next_request(self) -> list[KinesisRecord]:
        """Return records of different items, each the oldest of its item, within Kinesis's limits."""
        chosen: list[KinesisRecord] = []
        seen: set[str] = set()
        size = 0
        for record in self._records:
            if record.partition_key in seen:
                continue
            size += record.size
            if size > KINESIS_REQUEST_BYTES_MAX or len(chosen) == KINESIS_REQUEST_RECORDS_MAX:
                break
            seen.add(record.partition_key)
            chosen.append(record)
        return chosen

    def acknowledge(self, request: Sequence[KinesisRecord], delivered: Sequence[bool]) -> None:
        """Forget the records of a request that were delivered.

        Args:
            request: what `next_request` returned.
            delivered: for each of them, whether Kinesis took it.
        """
        gone = {record.position for record, taken in zip(request, delivered, strict=True) if taken}
        self._records = [record for record in self._records if record.position not in gone]
