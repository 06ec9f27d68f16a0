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


_MODEL_FILES = (
    "ec2/2016-11-15",
    "ecr/2015-09-21",
    "secretsmanager/2017-10-17",
    "ssm/2014-11-06",
)

TAIL_SERVICES: Mapping[str, Service] = MappingProxyType(
    {
        name: Service(name, f"{folder}/service-2.json.gz", _nothing)
        for folder in _MODEL_FILES
        for name in [folder.partition("/")[0]]
    }
)
