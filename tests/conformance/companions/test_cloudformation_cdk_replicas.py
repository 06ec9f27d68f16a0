"""What the CDK's Table with replicationRegions has in its template: replicas that its provider would make."""

import json
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.identities import ACCOUNT
from tests.support.target import Target
from tests.support.waiting import eventually

ROLE = f"arn:aws:iam::{ACCOUNT}:role/waiter"
TOKEN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:framework-onEvent"
DEFINITION = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}


def _template(*regions: str) -> str:
    table = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": "cdk-replicated",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        },
    }
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"DefinitionString": json.dumps(DEFINITION), "RoleArn": ROLE},
    }
    replicas = {
        f"Replica{region.replace('-', '')}": {
            "Type": "Custom::DynamoDBReplica",
            "Properties": {
                "ServiceToken": TOKEN,
                "TableName": {"Ref": "Table"},
                "Region": region,
            },
        }
        for region in regions
    }
    return json.dumps({"Resources": {"Table": table, "Waiter": machine, **replicas}})


def _status(stacks: Any, wanted: str) -> bool:
    try:
        status: str = stacks.describe_stacks(StackName="cdk-table")["Stacks"][0]["StackStatus"]
    except ClientError:
        return wanted == "gone"
    assert not status.endswith("FAILED")
    assert "ROLLBACK" not in status
    return status == wanted


def _replicas(client: Any) -> list[str]:
    table = client.describe_table(TableName="cdk-replicated")["Table"]
    return sorted(one["RegionName"] for one in table.get("Replicas", []))


def test_replicas_of_a_cdk_table_come_and_go_with_the_stack(target: Target) -> None:
    """Without the functions and the state machine of the CDK's provider."""
    stacks, client = target.other("cloudformation"), target.client()
    stacks.create_stack(StackName="cdk-table", TemplateBody=_template("eu-west-1", "us-west-2"))
    assert eventually(partial(_status, stacks, "CREATE_COMPLETE"), seconds_max=60)
    both = _replicas(client)
    stacks.update_stack(StackName="cdk-table", TemplateBody=_template("us-west-2"))
    assert eventually(partial(_status, stacks, "UPDATE_COMPLETE"), seconds_max=60)
    one = _replicas(client)
    stacks.delete_stack(StackName="cdk-table")
    assert eventually(partial(_status, stacks, "gone"), seconds_max=60)

    assert {"eu-west-1", "us-west-2"} <= set(both)
    assert "eu-west-1" not in one
    assert "us-west-2" in one
    for region in ("us-east-1", "eu-west-1", "us-west-2"):
        assert "cdk-replicated" not in target.client(region).list_tables()["TableNames"]


def test_state_machines_are_kept_and_cannot_be_started(target: Target) -> None:
    """A refusal by name, instead of an execution that does nothing."""
    states = target.other("stepfunctions")
    made = states.create_state_machine(
        name="kept", definition=json.dumps(DEFINITION), roleArn=ROLE
    )["stateMachineArn"]

    assert DEFINITION == json.loads(
        states.describe_state_machine(stateMachineArn=made)["definition"]
    )
    with pytest.raises(ClientError, match="StartExecution of states is not supported"):
        states.start_execution(stateMachineArn=made)
    states.delete_state_machine(stateMachineArn=made)
