"""The services of the tail, by the name that requests are signed for, and how the node tells moto whose they are."""

from collections.abc import Mapping
from types import MappingProxyType

from globaltables.companions.service import Implementation, Service

ACCOUNT_HEADER = "x-moto-account-id"
SERVICE_HEADER = "x-globaltables-service"
REGION_HEADER = "x-globaltables-region"
#: Whether the request changes nothing, so that nothing is saved after it.
READS_HEADER = "x-globaltables-reads"


def _nothing() -> Implementation:
    return Implementation(MappingProxyType({}))


_MODEL_FILES: Mapping[str, str] = MappingProxyType(
    {
        "ec2": "ec2/2016-11-15",
        "ecr": "ecr/2015-09-21",
        "secretsmanager": "secretsmanager/2017-10-17",
        "ssm": "ssm/2014-11-06",
        "states": "stepfunctions/2016-11-23",
    }
)
#: What would have an effect on AWS and none here: refused by name.
REFUSED: frozenset[tuple[str, str]] = frozenset(
    {
        ("ec2", "RunInstances"),
        ("ec2", "StartInstances"),
        ("ssm", "SendCommand"),
        ("states", "RedriveExecution"),
        ("states", "StartExecution"),
        ("states", "StartSyncExecution"),
    }
)

TAIL_SERVICES: Mapping[str, Service] = MappingProxyType(
    {
        name: Service(name, f"{folder}/service-2.json.gz", _nothing)
        for name, folder in _MODEL_FILES.items()
    }
)


def name_in_moto(service: str) -> str:
    """Return what moto calls a service: the name of its model."""
    return _MODEL_FILES[service].partition("/")[0]
