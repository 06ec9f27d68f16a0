"""Resource-based policies of DynamoDB: which documents a table or a stream takes, and which operations they govern.

Texts and order of checks were measured on AWS (aws-controllers-k8s/dynamodb-controller, docs/api-quirks, DDB-TABLE-211,
352, 356); which operations they govern is documented (developer guide, rbac-iam-actions, rbac-bpa-rbp).
"""

import re
from functools import lru_cache
from typing import Literal

from globaltables.foundation.errors import ApiError, invalid_parameters, validation
from globaltables.foundation.limits import POLICIES_CACHED_MAX, POLICY_BYTES_MAX
from globaltables.security.policies.conditions import operator_of
from globaltables.security.policies.documents import Policy, PolicyKind, Statement
from globaltables.security.policies.parsing import parse
from globaltables.security.policies.patterns import action_pattern

#: What a policy is attached to; a table's policy is about its indexes too, a stream has its own.
Slot = Literal["table", "stream"]

_POLICY_ACTIONS = ("GetResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy")
_ITEM_ACTIONS = (
    "BatchGetItem",
    "BatchWriteItem",
    "ConditionCheckItem",
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "UpdateItem",
)
_TAG_ACTIONS = ("ListTagsOfResource", "TagResource", "UntagResource")
_SHARED_TABLE_ACTIONS = (
    *_ITEM_ACTIONS,
    "DeleteTable",
    "DescribeTable",
    "UpdateTable",
    *_TAG_ACTIONS,
)
_STREAM_READS = ("DescribeStream", "GetRecords", "GetShardIterator")
#: Actions that a policy of either kind may name, and which it governs.
TABLE_ACTIONS = frozenset(
    {
        *_SHARED_TABLE_ACTIONS,
        *_POLICY_ACTIONS,
        "PartiQLDelete",
        "PartiQLInsert",
        "PartiQLSelect",
        "PartiQLUpdate",
        "CreateBackup",
        "DescribeContinuousBackups",
        "RestoreTableToPointInTime",
        "UpdateContinuousBackups",
        "DescribeContributorInsights",
        "UpdateContributorInsights",
        "ExportTableToPointInTime",
        "DescribeKinesisStreamingDestination",
        "DisableKinesisStreamingDestination",
        "EnableKinesisStreamingDestination",
        "UpdateKinesisStreamingDestination",
        "DescribeTableReplicaAutoScaling",
        "UpdateTableReplicaAutoScaling",
        "DescribeTimeToLive",
        "UpdateTimeToLive",
        "AssociateTableReplica",
        "CreateTableReplica",
        "DeleteTableReplica",
        "ReadDataForReplication",
        "ReplicateSettings",
        "WriteDataForReplication",
    }
)
STREAM_ACTIONS = frozenset({*_STREAM_READS, *_POLICY_ACTIONS})
#: Actions that a policy can allow to another account; the rest is for callers of the owner's account only.
CROSS_ACCOUNT_ACTIONS = frozenset({*_SHARED_TABLE_ACTIONS, *_STREAM_READS})

#: Condition keys that keep a policy for everybody from being public when their values are fixed (rbac-bpa-rbp).
_RESTRICTING_KEYS = frozenset(
    key.lower()
    for key in (
        "aws:PrincipalAccount",
        "aws:PrincipalArn",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:SourceAccount",
        "aws:SourceArn",
        "aws:SourceVpc",
        "aws:SourceVpce",
        "aws:UserId",
        "aws:PrincipalServiceName",
        "aws:PrincipalServiceNamesList",
        "aws:PrincipalIsAWSService",
        "aws:Ec2InstanceSourceVpc",
        "aws:SourceOrgID",
        "aws:SourceOrgPaths",
    )
)
_PRINCIPAL_ARN = re.compile(
    r"\*|arn:aws[a-z-]*:(iam::\d{12}:(root|user/.+|role/.+|federated-user/.+)"
    r"|sts::\d{12}:(assumed-role|federated-user)/.+)"
)
_STREAM_ID = re.compile(r"table/[^/]+/stream/.+")
_TABLE_ID = re.compile(r"table/[^/]+(/index/.+)?")


def accepted(text: str, slot: Slot) -> Policy:
    """Return the policy of a document that a table or a stream takes.

    Raises:
        ApiError: ValidationException.
    """
    if len(text.encode()) > POLICY_BYTES_MAX:
        raise invalid_parameters(f"Maximum policy size of {POLICY_BYTES_MAX} bytes exceeded")
    try:
        policy = policy_of(text)
        _check_actions(policy, slot)
        _check_resources(policy, slot)
    except ApiError as error:
        raise invalid_parameters(f"Invalid policy document: {error.message}") from None
    _check_principals(policy)
    if any(_is_public(statement) for statement in policy.statements):
        raise validation(
            "Resource-based policy grants unbounded access in one or more elements. Please revise "
            "the policy to ensure least-privilege form of access"
        )
    return policy


@lru_cache(POLICIES_CACHED_MAX)
def policy_of(text: str) -> Policy:
    """Return the policy of a document.

    Raises:
        ApiError: MalformedPolicyDocument.
    """
    return parse(text, PolicyKind.RESOURCE)


def _check_actions(policy: Policy, slot: Slot) -> None:
    known = TABLE_ACTIONS if slot == "table" else STREAM_ACTIONS
    named = dict.fromkeys(action for one in policy.statements for action in one.actions)
    wrong = [
        f'"{pattern}"'
        for pattern in named
        if not any(action_pattern(pattern).fullmatch(f"dynamodb:{action}") for action in known)
    ]
    if wrong:
        raise validation(f"The following action names are invalid: {', '.join(wrong)}")


def _check_resources(policy: Policy, slot: Slot) -> None:
    """Refuse the resources of a stream in a table's policy, and those of a table in a stream's.

    Which table is named does not matter: AWS takes a policy that names another one.
    """
    for statement in policy.statements:
        for resource in statement.resources:
            identifier = resource.split(":", 5)[-1]
            if slot == "table":
                fits = _TABLE_ID.fullmatch(identifier) is not None
            else:
                fits = _STREAM_ID.fullmatch(identifier) is not None
            # A pattern may stand for the right kind of resource.
            if not fits and ("*" not in identifier or _names_other_kind(identifier, slot)):
                raise validation(f'The relative-id "{identifier}" is invalid for ARN "{resource}"')


def _names_other_kind(identifier: str, slot: Slot) -> bool:
    return f"/{'stream' if slot == 'table' else 'index'}/" in identifier


def _check_principals(policy: Policy) -> None:
    for statement in policy.statements:
        assert statement.principals is not None, "a resource's policy names principals"
        for name in statement.principals.of("AWS"):
            if _PRINCIPAL_ARN.fullmatch(name) is None:
                raise invalid_parameters("Invalid principal in policy document.")


def is_public(policy: Policy) -> bool:
    """Tell whether a policy lets everybody do something."""
    return any(_is_public(statement) for statement in policy.statements)


def _is_public(statement: Statement) -> bool:
    """Tell whether a statement lets everybody in."""
    principals = statement.principals
    if statement.effect != "Allow" or principals is None:
        return False
    if not principals.anyone and "*" not in principals.of("AWS"):
        return False
    return not any(
        condition.key.lower() in _RESTRICTING_KEYS
        and _is_positive(condition.operator)
        and not any(mark in value for value in condition.values for mark in ("*", "?", "${"))
        for condition in statement.conditions
    )


def _is_positive(name: str) -> bool:
    """Tell whether an operator holds only for the values that it is given."""
    operator = operator_of(name)
    return (
        operator is not None
        and operator.compare is not None
        and not operator.negated
        and not operator.if_exists
        and operator.quantifier != "forallvalues"
    )
