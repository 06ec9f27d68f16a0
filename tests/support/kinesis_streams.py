"""A Kinesis data stream in memory, for tests of what delivers to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from globaltables.destinations.records import KinesisRecord
from globaltables.foundation.errors import OperationalError


@dataclass
class MemoryKinesis:
    """A data stream.

    Attributes:
        state: whether it can be used; None when nobody answers.
        takes: whether the stream takes a record of a request, by its place there.
        away: whether requests fail, after which nobody knows what was taken.
        taken: what it got.
        requests: the sizes of the requests.
    """

    state: bool | None = True
    takes: Callable[[int], bool] = lambda _: True
    away: bool = False
    taken: list[KinesisRecord] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)

    async def usable(self) -> bool:
        """Tell whether it can be used."""
        if self.state is None:
            raise OperationalError("nobody answers")
        return self.state

    async def put(self, records: Sequence[KinesisRecord]) -> list[bool]:
        """Take records, and tell which."""
        if self.away:
            raise OperationalError("nobody answers")
        self.requests.append(len(records))
        answer = [self.takes(place) for place in range(len(records))]
        self.taken += [record for record, took in zip(records, answer, strict=True) if took]
        return answer
