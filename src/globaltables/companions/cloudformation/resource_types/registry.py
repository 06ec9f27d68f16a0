"""Every type of resources that is served."""

from collections.abc import Mapping
from types import MappingProxyType

from globaltables.companions.cloudformation.engine.resource_type import ResourceType
from globaltables.companions.cloudformation.resource_types import (
    buckets,
    cdk_exports,
    cdk_replicas,
    custom_resources,
    dynamodb_global_tables,
    dynamodb_tables,
    events,
    iam_identities,
    iam_policies,
    kms,
    lambda_functions,
    lambda_parts,
    logs,
    messaging,
    monitoring,
    parameters_and_secrets,
    repositories,
    stacks,
    state_machines,
)

_CUSTOM = "AWS::CloudFormation::CustomResource"
_TYPES: Mapping[str, ResourceType] = MappingProxyType(
    {
        one.name: one
        for one in (
            *buckets.TYPES,
            *cdk_exports.TYPES,
            *cdk_replicas.TYPES,
            *custom_resources.TYPES,
            *dynamodb_global_tables.TYPES,
            *dynamodb_tables.TYPES,
            *events.TYPES,
            *iam_identities.TYPES,
            *iam_policies.TYPES,
            *kms.TYPES,
            *lambda_functions.TYPES,
            *lambda_parts.TYPES,
            *logs.TYPES,
            *messaging.TYPES,
            *monitoring.TYPES,
            *parameters_and_secrets.TYPES,
            *repositories.TYPES,
            *stacks.TYPES,
            *state_machines.TYPES,
        )
    }
)


def type_of(name: str) -> ResourceType | None:
    """Return a type by its name, None for one that is not served."""
    if name in _TYPES:
        return _TYPES[name]
    return _TYPES[_CUSTOM] if name.startswith("Custom::") else None


def served_types() -> list[str]:
    """Return the names of the types that are served, sorted."""
    return sorted(_TYPES)
