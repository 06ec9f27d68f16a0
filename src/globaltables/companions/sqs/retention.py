"""Takes out what queues have kept for long enough, of queues too that nobody looks at."""

from globaltables.companions.sqs.stored import Queues, queues_of
from globaltables.foundation.message_limits import SQS_EXPIRY_INTERVAL_MS
from globaltables.itemstore.region import Region
from globaltables.itemstore.stage import Stage


def start_retention(region: Region) -> None:
    """Look at a region's queues from now on, on the event loop, unless somebody does."""
    name = f"{region.name}/sqs/retention"
    if not region.tasks.running(name):
        region.tasks.spawn(name, _run(region))


async def _run(region: Region) -> None:
    queues = queues_of(region)
    while True:
        await region.store.submit(lambda stage: _expire(stage, queues))
        await region.clock.until(region.clock.now_ms() + SQS_EXPIRY_INTERVAL_MS)


def _expire(stage: Stage, queues: Queues) -> None:
    for queue in queues.everything():
        queues.expire(stage, queue)
