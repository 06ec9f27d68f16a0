"""Roles that belong to a service, which alone can change them."""

import json
from collections.abc import Mapping
from typing import Any

from globaltables.companions.iam.aws_managed import aws_policy
from globaltables.companions.iam.managed import policy_of, save_policy
from globaltables.companions.iam.roles import add_role, described, new_role
from globaltables.companions.iam.stored import (
    arn,
    change,
    drop,
    find,
    invalid_input,
    need,
    no_such,
)
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import IAM_ROLE_NAME_CHARACTERS_MAX
from globaltables.itemstore.stage import Stage

#: The names of services' roles, where they are not made of the service's own name.
_NAMES: Mapping[str, str] = {
    "replication.dynamodb.amazonaws.com": "AWSServiceRoleForDynamoDBReplication",
    "kinesisreplication.dynamodb.amazonaws.com": "AWSServiceRoleForDynamoDBKinesisDataStreamsReplication",
    "contributorinsights.dynamodb.amazonaws.com": "AWSServiceRoleForDynamoDBCloudWatchContributorInsights",
    "dynamodb.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable",
    "backup.amazonaws.com": "AWSServiceRoleForBackup",
    "cloudtrail.amazonaws.com": "AWSServiceRoleForCloudTrail",
    "config.amazonaws.com": "AWSServiceRoleForConfig",
    "dax.amazonaws.com": "AWSServiceRoleForDAX",
    "fis.amazonaws.com": "AWSServiceRoleForFIS",
}
_POLICIES: Mapping[str, str] = {
    "replication.dynamodb.amazonaws.com": "DynamoDBReplicationServiceRolePolicy",
    "kinesisreplication.dynamodb.amazonaws.com": "DynamoDBKinesisReplicationServiceRolePolicy",
    "contributorinsights.dynamodb.amazonaws.com": "DynamoDBCloudWatchContributorInsightsServiceRolePolicy",
    "dynamodb.application-autoscaling.amazonaws.com": "AWSApplicationAutoscalingDynamoDBTablePolicy",
}


async def create_service_linked_role(call: ServiceCall) -> dict[str, Any]:
    """Make the role of a service."""
    service = call.request["AWSServiceName"]
    suffix = call.request.get("CustomSuffix")
    words = service.removesuffix(".amazonaws.com").split(".")
    name = _NAMES.get(
        service, "AWSServiceRoleFor" + "".join(word.capitalize() for word in words[-1].split("-"))
    )
    if not service.endswith(".amazonaws.com"):
        raise invalid_input(f"Service role name {service} is not valid.")
    name = f"{name}_{suffix}" if suffix else name
    if len(name) > IAM_ROLE_NAME_CHARACTERS_MAX:
        raise invalid_input(f"Service role name {name} is longer than a role's may be.")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        ],
    }
    role = new_role(call, name, json.dumps(trust)) | {"path": f"/aws-service-role/{service}/"}

    def decide(stage: Stage) -> None:
        if find("role", stage, call.account, name) is not None:
            raise invalid_input(
                f"Service role name {name} has been taken in this account, please try a different suffix."
            )
        policy_name = _POLICIES.get(service, "")
        policy_arn = arn("aws", "policy", "/aws-service-role/", policy_name)
        if aws_policy(policy_arn) is not None:
            policy = policy_of(stage, call.account, policy_arn)
            policy["attached"]["role"].append(name)
            save_policy(stage, call.account, policy_arn, policy)
            role["attached"].append(policy_arn)
        add_role(stage, call.account, role)

    await change(call, decide)
    return {"Role": described(call.account, role)}


async def delete_service_linked_role(call: ServiceCall) -> dict[str, Any]:
    """Remove the role of a service."""
    name = call.request["RoleName"]

    def decide(stage: Stage) -> str:
        role = need("role", stage, call.account, name)
        if not role["path"].startswith("/aws-service-role/"):
            raise invalid_input(f"The role {name} is not a service-linked role.")
        for policy_arn in role["attached"]:
            policy = policy_of(stage, call.account, policy_arn)
            policy["attached"]["role"].remove(name)
            save_policy(stage, call.account, policy_arn, policy)
        drop("role", stage, call.account, name)
        path: str = role["path"]
        return path

    path = await change(call, decide)
    task = f"task{path}{name}/{call.region.randomness.uuid()}"
    return {"DeletionTaskId": task}


def deletion_status(call: ServiceCall) -> dict[str, Any]:
    """Tell that a role is gone: it was when its removal was answered."""
    task = call.request["DeletionTaskId"]
    if not task.startswith("task/aws-service-role/"):
        raise no_such(f"Deletion task {task} cannot be found.")
    return {"Status": "SUCCEEDED"}
