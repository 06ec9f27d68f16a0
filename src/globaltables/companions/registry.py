"""Every service beside DynamoDB that is served, by the name that its requests are signed for."""

from collections.abc import Mapping
from types import MappingProxyType

from globaltables.companions.records import has_records
from globaltables.companions.service import Implementation, Service
from globaltables.itemstore.region import Region


def _fault_injection() -> Implementation:
    from globaltables.companions.fis.handlers import IMPLEMENTATION  # noqa: PLC0415 - see Service

    return IMPLEMENTATION


def _queues() -> Implementation:
    from globaltables.companions.sqs.handlers import IMPLEMENTATION  # noqa: PLC0415 - see Service

    return IMPLEMENTATION


SERVICES: Mapping[str, Service] = MappingProxyType(
    {
        "fis": Service("fis", "fis/2020-12-01/service-2.json.gz", _fault_injection),
        "sqs": Service("sqs", "sqs/2012-11-05/service-2.json.gz", _queues),
    }
)


def resume_services(region: Region) -> None:
    """Go on with what the services had begun in a region that was just opened, on the event loop."""
    for service in SERVICES.values():
        if has_records(region.store.reader(), service.name):
            service.load().resume(region)
