"""Every service beside DynamoDB that is served, by the name that its requests are signed for."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from globaltables.companions.framework.dispatch import Dispatcher
from globaltables.companions.records import has_records
from globaltables.companions.service import Implementation, Service
from globaltables.companions.tail.child import TailProcess
from globaltables.companions.tail.dispatch import TailDispatcher
from globaltables.companions.tail.services import TAIL_SERVICES
from globaltables.itemstore.region import Region


def _stacks() -> Implementation:
    from globaltables.companions.cloudformation.handlers import IMPLEMENTATION  # noqa: PLC0415 - see Service

    return IMPLEMENTATION


def _fault_injection() -> Implementation:
    from globaltables.companions.fis.handlers import IMPLEMENTATION  # noqa: PLC0415 - see Service

    return IMPLEMENTATION


def _cloudwatch() -> Implementation:
    from globaltables.companions.cloudwatch.handlers import IMPLEMENTATION  # noqa: PLC0415 - see Service

    return IMPLEMENTATION


def _keys() -> Implementation:
    from globaltables.companions.kms.handlers import IMPLEMENTATION  # noqa: PLC0415 - see Service

    return IMPLEMENTATION


def _logs() -> Implementation:
    from globaltables.companions.logs.handlers import IMPLEMENTATION  # noqa: PLC0415 - see Service

    return IMPLEMENTATION


def _queues() -> Implementation:
    from globaltables.companions.sqs.handlers import IMPLEMENTATION  # noqa: PLC0415 - see Service

    return IMPLEMENTATION


def _functions() -> Implementation:
    from globaltables.companions.functions.handlers import IMPLEMENTATION  # noqa: PLC0415 - see Service

    return IMPLEMENTATION


def _identities() -> Implementation:
    from globaltables.companions.iam.handlers import IMPLEMENTATION  # noqa: PLC0415 - see Service

    return IMPLEMENTATION


def _tokens() -> Implementation:
    from globaltables.companions.sts.handlers import IMPLEMENTATION  # noqa: PLC0415 - see Service

    return IMPLEMENTATION


def _objects() -> Implementation:
    from globaltables.companions.s3.handlers import IMPLEMENTATION  # noqa: PLC0415 - see Service

    return IMPLEMENTATION


def _buses() -> Implementation:
    from globaltables.companions.events.handlers import IMPLEMENTATION  # noqa: PLC0415 - see Service

    return IMPLEMENTATION


def _schedules() -> Implementation:
    from globaltables.companions.scheduler.handlers import (  # noqa: PLC0415 - see Service
        IMPLEMENTATION,
    )

    return IMPLEMENTATION


def _topics() -> Implementation:
    from globaltables.companions.sns.handlers import IMPLEMENTATION  # noqa: PLC0415 - see Service

    return IMPLEMENTATION


SERVICES: Mapping[str, Service] = MappingProxyType(
    {
        "cloudformation": Service(
            "cloudformation", "cloudformation/2010-05-15/service-2.json.gz", _stacks
        ),
        "events": Service("events", "events/2015-10-07/service-2.json.gz", _buses),
        "fis": Service("fis", "fis/2020-12-01/service-2.json.gz", _fault_injection),
        "iam": Service("iam", "iam/2010-05-08/service-2.json.gz", _identities, home=True),
        "kms": Service("kms", "kms/2014-11-01/service-2.json.gz", _keys),
        "lambda": Service("lambda", "lambda/2015-03-31/service-2.json.gz", _functions),
        "logs": Service("logs", "logs/2014-03-28/service-2.json.gz", _logs),
        "monitoring": Service(
            "monitoring",
            "cloudwatch/2010-08-01/service-2.json.gz",
            _cloudwatch,
            prefix="cloudwatch",
        ),
        "s3": Service("s3", "s3/2006-03-01/service-2.json.gz", _objects),
        "scheduler": Service("scheduler", "scheduler/2021-06-30/service-2.json.gz", _schedules),
        "sns": Service("sns", "sns/2010-03-31/service-2.json.gz", _topics),
        "sqs": Service("sqs", "sqs/2012-11-05/service-2.json.gz", _queues),
        "sts": Service("sts", "sts/2011-06-15/service-2.json.gz", _tokens, home=True),
    }
)


def dispatchers(data_dir: Path | None) -> Mapping[str, Dispatcher]:
    """Return what answers requests, by the name that they are signed for.

    Args:
        data_dir: where services beside the regions' stores keep what they have; None keeps it in memory.
    """
    tail = TailProcess(None if data_dir is None else data_dir / "tail")
    return {name: Dispatcher(service) for name, service in SERVICES.items()} | {
        name: TailDispatcher(service, tail) for name, service in TAIL_SERVICES.items()
    }


def resume_services(region: Region) -> None:
    """Go on with what the services had begun in a region that was just opened, on the event loop."""
    for service in SERVICES.values():
        if has_records(region.store.reader(), service.name):
            service.load().resume(region)
