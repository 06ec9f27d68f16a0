"""Stacks with boto3: made, changed, taken back and deleted; what is told of them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.stacks import Stacks, outputs, stacks, table
from tests.support.target import Target

_BAD = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {"KeySchema": [{"AttributeName": "x", "KeyType": "HASH"}]},
}


@pytest.fixture
def cloudformation(target: Target) -> Any:
    """A boto3 client."""
    return target.other("cloudformation")


@pytest.fixture
def made(cloudformation: Any, worker_id: str, request: pytest.FixtureRequest) -> Iterator[Stacks]:
    """Stacks of the test."""
    name = f"st-{worker_id}-{abs(hash(request.node.name)) % 10**8}"
    with stacks(cloudformation, name) as found:
        yield found


def _refusal(call: Any, **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call(**members)
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_stack_has_its_resources_and_outputs(made: Stacks, target: Target) -> None:
    """Ref and Fn::GetAtt give what the services told; names are made of stack and logical id."""
    stack = made.create(
        {"T": table(StreamSpecification={"StreamViewType": "KEYS_ONLY"})},
        Outputs={
            "Name": {"Value": {"Ref": "T"}},
            "Arn": {"Value": {"Fn::GetAtt": ["T", "Arn"]}},
            "Stream": {"Value": {"Fn::GetAtt": "T.StreamArn"}},
        },
    )

    told = outputs(stack)
    described = target.client().describe_table(TableName=told["Name"])["Table"]
    assert "CREATE_COMPLETE" == stack["StackStatus"]
    assert told["Name"].startswith(f"{stack['StackName']}-T-")
    assert [described["TableArn"], described["LatestStreamArn"]] == [told["Arn"], told["Stream"]]
    assert [
        ("CREATE_IN_PROGRESS", ""),
        ("CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("CREATE_COMPLETE", ""),
    ] == made.events(stack, "T")


def test_a_creation_that_fails_leaves_nothing_behind(made: Stacks, target: Target) -> None:
    """What was made is removed; the stack stays to tell why."""
    stack = made.create({"Good": table(), "Bad": {**_BAD, "DependsOn": "Good"}})

    assert "ROLLBACK_COMPLETE" == stack["StackStatus"]
    assert [
        "CREATE_IN_PROGRESS",
        "ROLLBACK_IN_PROGRESS",
        "ROLLBACK_COMPLETE",
    ] == [status for status, _ in made.events(stack)]
    assert (
        "The following resource(s) failed to create: [Bad]. Rollback requested by user."
        == (made.events(stack)[1][1])
    )
    names = target.client().list_tables()["TableNames"]
    assert [] == [name for name in names if name.startswith(stack["StackName"])]


@pytest.mark.parametrize(
    ("failing", "expected"), [("DO_NOTHING", "CREATE_FAILED"), ("DELETE", "DELETE_COMPLETE")]
)
def test_on_failure_decides_what_becomes_of_the_stack(
    made: Stacks, failing: str, expected: str
) -> None:
    """Left as it is, or deleted."""
    assert expected == made.create({"Bad": _BAD}, OnFailure=failing)["StackStatus"]


def test_an_update_changes_in_place_or_by_a_new_resource(made: Stacks, target: Target) -> None:
    """A key schema is for ever: another one makes another table, then the old one goes."""
    stack = made.create({"T": table()})
    before = made.physical(stack, "T")

    changed = made.update(
        stack,
        {"T": table(DeletionProtectionEnabled=False, TableClass="STANDARD_INFREQUENT_ACCESS")},
    )
    assert ("UPDATE_COMPLETE", before) == (changed["StackStatus"], made.physical(stack, "T"))

    new = table(
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    replaced = made.update(stack, {"T": new})

    after = made.physical(stack, "T")
    assert "UPDATE_COMPLETE" == replaced["StackStatus"]
    assert before != after
    assert [after] == [
        name
        for name in target.client().list_tables()["TableNames"]
        if name.startswith(stack["StackName"])
    ]


def test_an_update_that_fails_goes_back(made: Stacks, target: Target) -> None:
    """What was changed is as before, what was made is gone."""
    stack = made.create({"T": table()})
    name = made.physical(stack, "T")

    failed = made.update(
        stack,
        {
            "T": table(PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}),
            "New": {**table(), "DependsOn": "T"},
            "Bad": {**_BAD, "DependsOn": "New"},
        },
    )

    recovery = target.client().describe_continuous_backups(TableName=name)
    status = recovery["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert "UPDATE_ROLLBACK_COMPLETE" == failed["StackStatus"]
    assert "DISABLED" == status["PointInTimeRecoveryStatus"]
    assert ["T"] == [
        one["LogicalResourceId"]
        for one in made.client.list_stack_resources(StackName=stack["StackId"])[
            "StackResourceSummaries"
        ]
    ]


def test_a_name_of_ones_own_cannot_be_replaced(made: Stacks, table_name: str) -> None:
    """Two tables of one name cannot be there at a time."""
    stack = made.create({"T": table(TableName=table_name)})

    schema = {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    }
    failed = made.update(stack, {"T": table(TableName=table_name, **schema)})

    assert "UPDATE_ROLLBACK_COMPLETE" == failed["StackStatus"]
    assert any(
        "custom-named resource requires replacing" in why for _, why in made.events(stack, "T")
    )


def test_a_table_that_is_there_already_is_not_taken(made: Stacks, make_table: Any) -> None:
    """It is somebody else's, and stays when the stack goes."""
    name = make_table()

    stack = made.create({"T": table(TableName=name)})

    assert "ROLLBACK_COMPLETE" == stack["StackStatus"]
    assert (
        "CREATE_FAILED",
        f"Resource of type 'AWS::DynamoDB::Table' with identifier '{name}' already exists.",
    ) in made.events(stack, "T")


def test_retained_resources_stay(made: Stacks, target: Target) -> None:
    """When their stack goes."""
    stack = made.create({"T": {**table(), "DeletionPolicy": "Retain"}})
    name = made.physical(stack, "T")

    deleted = made.delete(stack)

    assert "DELETE_COMPLETE" == deleted["StackStatus"]
    assert ("DELETE_SKIPPED", "") == made.events(stack, "T")[-1]
    target.client().delete_table(TableName=name)


def test_stacks_are_protected_from_deletion(made: Stacks) -> None:
    """Until they are not any more."""
    stack = made.create({"T": table()}, EnableTerminationProtection=True)

    assert (
        "ValidationError",
        f"Stack [{stack['StackName']}] cannot be deleted while TerminationProtection is enabled",
    ) == _refusal(made.client.delete_stack, StackName=stack["StackName"])


def test_exports_are_imported_and_kept_while_they_are(made: Stacks) -> None:
    """A stack whose export is in use cannot be deleted, and the value cannot change."""
    export = f"{made.prefix}-arn"
    value = {"Value": {"Ref": "T"}, "Export": {"Name": export}}
    exporter = made.create({"T": table()}, "-a", Outputs={"Out": value})
    user = made.create({"T": table()}, "-b", Outputs={"In": {"Value": {"Fn::ImportValue": export}}})

    assert outputs(exporter)["Out"] == outputs(user)["In"]
    assert [user["StackName"]] == made.client.list_imports(ExportName=export)["Imports"]
    refused = made.delete(exporter)
    assert (
        "DELETE_FAILED",
        f"Export {export} cannot be deleted as it is in use by {user['StackName']}",
    ) == (refused["StackStatus"], refused["StackStatusReason"])


def test_a_stack_policy_refuses_an_update(made: Stacks) -> None:
    """The resource fails with the statement, and the stack goes back."""
    statement = {"Effect": "Deny", "Action": "Update:*", "Principal": "*", "Resource": "*"}
    stack = made.create({"T": table()}, StackPolicyBody=json.dumps({"Statement": [statement]}))

    failed = made.update(stack, {"T": table(TableClass="STANDARD_INFREQUENT_ACCESS")})

    assert "UPDATE_ROLLBACK_COMPLETE" == failed["StackStatus"]
    assert (
        "UPDATE_FAILED",
        "Action denied by stack policy: Statement [#1] does not allow [Update:Modify] for resource [T];",
    ) in made.events(stack, "T")


def test_a_type_that_is_not_served_fails_the_stack_by_name(made: Stacks) -> None:
    """Nothing is passed over and called complete."""
    stack = made.create(
        {"V": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}}
    )

    assert "ROLLBACK_COMPLETE" == stack["StackStatus"]
    assert "AWS::EC2::VPC is not supported" in made.events(stack, "V")[0][1]


def test_stack_sets_are_refused_by_name(cloudformation: Any) -> None:
    """Before anything is made."""
    with pytest.raises(ClientError, match="CreateStackSet is not supported") as error:
        cloudformation.create_stack_set(StackSetName="regions", TemplateBody="{}")
    assert 501 == error.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_tags_of_a_stack_are_those_of_its_resources(made: Stacks, target: Target) -> None:
    """Those of the resource win."""
    stack = made.create(
        {"T": table(Tags=[{"Key": "a", "Value": "own"}])},
        Tags=[{"Key": "a", "Value": "stack"}, {"Key": "b", "Value": "stack"}],
    )
    arn = target.client().describe_table(TableName=made.physical(stack, "T"))["Table"]["TableArn"]

    tags = target.client().list_tags_of_resource(ResourceArn=arn)["Tags"]

    assert {"a": "own", "b": "stack"} == {tag["Key"]: tag["Value"] for tag in tags}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (
            "Resources: {A: {Type: AWS::Nothing::Here}}",
            "Unrecognized resource types: [AWS::Nothing::Here]",
        ),
        (
            "Resources: {A: {Type: AWS::SQS::Queue, DependsOn: B}}",
            "Unresolved resource dependencies [B]",
        ),
        (
            "Resources: {A: {Type: AWS::SQS::Queue}}\nOutputs: {O: {Value: !GetAtt A.Nothing}}",
            "resource A does not support attribute type Nothing in Fn::GetAtt",
        ),
    ],
)
def test_a_template_that_cannot_work_is_refused_at_once(
    made: Stacks, template: str, expected: str
) -> None:
    """No stack is made."""
    code, message = _refusal(made.client.create_stack, StackName=made.prefix, TemplateBody=template)

    assert "ValidationError" == code
    assert expected in message
    assert "does not exist" in _refusal(made.client.describe_stacks, StackName=made.prefix)[1]


def test_what_a_caller_must_acknowledge_is_asked_for(made: Stacks) -> None:
    """A role needs one capability, a role with a name another."""
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
    named = {**role, "Properties": {**role["Properties"], "RoleName": "x"}}  # type: ignore[dict-item]

    for resource, capability in ((role, "CAPABILITY_IAM"), (named, "CAPABILITY_NAMED_IAM")):
        body = json.dumps({"Resources": {"R": resource}})
        assert (
            "InsufficientCapabilitiesException",
            f"Requires capabilities : [{capability}]",
        ) == _refusal(made.client.create_stack, StackName=made.prefix, TemplateBody=body)


def test_an_update_without_changes_is_refused(made: Stacks) -> None:
    """As deploy and others expect it."""
    stack = made.create({"T": table()})

    assert ("ValidationError", "No updates are to be performed.") == _refusal(
        made.client.update_stack,
        StackName=stack["StackName"],
        TemplateBody=json.dumps({"Resources": {"T": table()}}),
    )


def test_parameters_are_kept_hidden_and_taken_over(made: Stacks, target: Target) -> None:
    """NoEcho hides a value everywhere, UsePreviousValue takes it over."""
    declared = {
        "Secret": {"Type": "String", "NoEcho": True},
        "Class": {"Type": "String", "Default": "STANDARD"},
    }
    resources = {
        "T": table(TableClass={"Ref": "Class"}, Tags=[{"Key": "s", "Value": {"Ref": "Secret"}}])
    }
    stack = made.create(
        resources,
        Declared=declared,
        Parameters=[{"ParameterKey": "Secret", "ParameterValue": "hush-hush"}],
    )
    assert {"ParameterKey": "Secret", "ParameterValue": "****"} in stack["Parameters"]
    events = made.client.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
    assert "hush-hush" not in json.dumps(events, default=str)

    made.update(
        stack,
        resources,
        Declared=declared,
        Parameters=[
            {"ParameterKey": "Secret", "UsePreviousValue": True},
            {"ParameterKey": "Class", "ParameterValue": "STANDARD_INFREQUENT_ACCESS"},
        ],
    )

    found = target.client().describe_table(TableName=made.physical(stack, "T"))["Table"]
    tags = target.client().list_tags_of_resource(ResourceArn=found["TableArn"])["Tags"]
    assert "STANDARD_INFREQUENT_ACCESS" == found["TableClassSummary"]["TableClass"]
    assert [{"Key": "s", "Value": "hush-hush"}] == tags


def test_conditions_decide_which_resources_there_are(made: Stacks) -> None:
    """An update with the other answer removes one and makes the other."""
    declared = {"Which": {"Type": "String", "Default": "A"}}
    sections: dict[str, Any] = {
        "Declared": declared,
        "Conditions": {
            "IsA": {"Fn::Equals": [{"Ref": "Which"}, "A"]},
            "IsB": {"Fn::Not": [{"Condition": "IsA"}]},
        },
    }
    resources = {"A": {**table(), "Condition": "IsA"}, "B": {**table(), "Condition": "IsB"}}

    def there(stack: Any) -> list[str]:
        found = made.client.list_stack_resources(StackName=stack["StackId"])
        return [one["LogicalResourceId"] for one in found["StackResourceSummaries"]]

    stack = made.create(resources, **dict(sections))
    assert ["A"] == there(stack)
    parameters = [{"ParameterKey": "Which", "ParameterValue": "B"}]
    made.update(stack, resources, **dict(sections), Parameters=parameters)
    assert ["B"] == there(stack)


def test_a_request_that_is_sent_again_makes_one_stack(made: Stacks) -> None:
    """With the same token it gets what the first one made, with another the name is taken."""
    stack = made.create({"T": table()}, ClientRequestToken="once")
    body = json.dumps({"Resources": {"T": table()}})
    again = {"StackName": stack["StackName"], "TemplateBody": body}

    assert (
        stack["StackId"]
        == (made.client.create_stack(**again, ClientRequestToken="once")["StackId"])
    )
    assert ("AlreadyExistsException", f"Stack [{stack['StackName']}] already exists") == _refusal(
        made.client.create_stack, **again, ClientRequestToken="twice"
    )


def test_an_update_that_failed_and_was_left_is_deleted_with_all_it_made(
    made: Stacks, target: Target
) -> None:
    """The table that was replaced goes too; an update that goes back to it keeps it."""
    stack = made.create({"T": table()})
    before = made.physical(stack, "T")
    schema = {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    }
    failing = {"T": table(**schema), "Bad": {**_BAD, "DependsOn": "T"}}

    def there() -> list[str]:
        names = target.client().list_tables()["TableNames"]
        return [name for name in names if name.startswith(stack["StackName"])]

    failed = made.update(stack, failing, DisableRollback=True)
    assert ("UPDATE_FAILED", 2) == (failed["StackStatus"], len(there()))
    fixed = made.update(stack, {"T": table(TableClass="STANDARD_INFREQUENT_ACCESS")})
    assert ("UPDATE_COMPLETE", [before]) == (fixed["StackStatus"], there())

    made.update(stack, failing, DisableRollback=True)
    assert ("DELETE_COMPLETE", []) == (made.delete(stack)["StackStatus"], there())
