"""Change sets, imports and drift with boto3."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.stacks import Stacks, stacks, table
from tests.support.target import Target


@pytest.fixture
def made(target: Target, worker_id: str, request: pytest.FixtureRequest) -> Iterator[Stacks]:
    """Stacks of the test."""
    name = f"cs-{worker_id}-{abs(hash(request.node.name)) % 10**8}"
    with stacks(target.other("cloudformation"), name) as found:
        yield found


def _change_set(made: Stacks, stack: str, resources: Any, **members: Any) -> dict[str, Any]:
    request = {"StackName": stack, "ChangeSetName": "changes", **members}
    body = json.dumps({"Resources": resources})
    created = made.client.create_change_set(**request, TemplateBody=body)
    described: dict[str, Any] = made.client.describe_change_set(ChangeSetName=created["Id"])
    return described


def _told(change_set: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    changes = (one["ResourceChange"] for one in change_set["Changes"])
    return {one["LogicalResourceId"]: (one["Action"], one.get("Replacement")) for one in changes}


def test_a_stack_is_made_by_a_change_set(made: Stacks) -> None:
    """It is under review until the change set is carried out."""
    change_set = _change_set(made, made.prefix, {"T": table()}, ChangeSetType="CREATE")
    made._made.append(change_set["StackId"])
    review = made.client.describe_stacks(StackName=made.prefix)["Stacks"][0]
    assert "REVIEW_IN_PROGRESS" == review["StackStatus"]
    assert {"T": ("Add", None)} == _told(change_set)

    made.client.execute_change_set(ChangeSetName=change_set["ChangeSetId"])

    stack = made.settled(change_set["StackId"])
    assert ("CREATE_COMPLETE", change_set["ChangeSetId"]) == (
        stack["StackStatus"],
        stack["ChangeSetId"],
    )


def test_a_change_set_tells_what_would_happen(made: Stacks) -> None:
    """What is added, changed, replaced and removed, before anything is."""
    schema = {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    }
    user = {"Fn::Join": ["", [{"Ref": "Replaced"}, "-user"]]}
    resources = {
        "Changed": table(),
        "Replaced": table(),
        "Removed": table(),
        "Same": table(),
        "User": table(TableName=user),
    }
    stack = made.create(resources)
    physical = made.physical(stack, "Replaced")

    change_set = _change_set(
        made,
        stack["StackName"],
        {
            "Changed": table(TableClass="STANDARD_INFREQUENT_ACCESS"),
            "Replaced": table(**schema),
            "Added": table(),
            "Same": table(),
            "User": table(TableName=user),
        },
    )

    assert {
        "Added": ("Add", None),
        "Changed": ("Modify", "False"),
        "Removed": ("Remove", None),
        "Replaced": ("Modify", "True"),
        "User": ("Modify", "Conditional"),
    } == _told(change_set)
    assert physical == made.physical(stack, "Replaced")


def test_a_change_set_without_changes_fails_with_awss_text(made: Stacks) -> None:
    """Which is what deploy looks for."""
    stack = made.create({"T": table()})

    change_set = _change_set(made, stack["StackName"], {"T": table()})

    assert (
        "FAILED",
        "UNAVAILABLE",
        "The submitted information didn't contain changes. Submit different information to create "
        "a change set.",
    ) == tuple(change_set[name] for name in ("Status", "ExecutionStatus", "StatusReason"))


def test_change_sets_are_listed_and_deleted(made: Stacks) -> None:
    """What is deleted is not there; deleting it again is no failure."""
    stack = made.create({"T": table()})
    change_set = _change_set(made, stack["StackName"], {"T": table(), "U": table()})
    which = {"StackName": stack["StackName"]}

    listed = made.client.list_change_sets(**which)["Summaries"]
    assert [change_set["ChangeSetId"]] == [one["ChangeSetId"] for one in listed]
    for _ in range(2):
        made.client.delete_change_set(ChangeSetName=change_set["ChangeSetId"])
    assert [] == made.client.list_change_sets(**which)["Summaries"]
    with pytest.raises(made.client.exceptions.ChangeSetNotFoundException):
        made.client.describe_change_set(ChangeSetName=change_set["ChangeSetId"])


def test_a_table_that_is_there_is_imported(made: Stacks, make_table: Any) -> None:
    """From then on it is the stack's; the other resources are as they were."""
    name = make_table()
    stack = made.create({"T": table()})
    imported = {**table(TableName=name), "DeletionPolicy": "Retain"}
    entry = {
        "ResourceType": "AWS::DynamoDB::Table",
        "LogicalResourceId": "Old",
        "ResourceIdentifier": {"TableName": name},
    }

    change_set = _change_set(
        made,
        stack["StackName"],
        {"T": table(), "Old": imported},
        ChangeSetType="IMPORT",
        ResourcesToImport=[entry],
    )
    assert {"Old": ("Import", None)} == _told(change_set)
    made.client.execute_change_set(ChangeSetName=change_set["ChangeSetId"])

    assert "IMPORT_COMPLETE" == made.settled(stack["StackId"])["StackStatus"]
    assert name == made.physical(stack, "Old")


def test_an_import_of_what_is_not_there_is_taken_back(made: Stacks) -> None:
    """The stack is as before."""
    stack = made.create({"T": table()})
    imported = {**table(TableName="nowhere"), "DeletionPolicy": "Retain"}
    entry = {
        "ResourceType": "AWS::DynamoDB::Table",
        "LogicalResourceId": "Old",
        "ResourceIdentifier": {"TableName": "nowhere"},
    }
    change_set = _change_set(
        made,
        stack["StackName"],
        {"T": table(), "Old": imported},
        ChangeSetType="IMPORT",
        ResourcesToImport=[entry],
    )

    made.client.execute_change_set(ChangeSetName=change_set["ChangeSetId"])

    assert "IMPORT_ROLLBACK_COMPLETE" == made.settled(stack["StackId"])["StackStatus"]
    listed = made.client.list_stack_resources(StackName=stack["StackId"])["StackResourceSummaries"]
    assert ["T"] == [one["LogicalResourceId"] for one in listed]


def test_drift_is_what_was_changed_beside_the_stack(made: Stacks, target: Target) -> None:
    """Changed and deleted tables are told with what is different."""
    stack = made.create({"Same": table(), "Changed": table(TableClass="STANDARD"), "Gone": table()})
    database = target.client()
    name = made.physical(stack, "Changed")
    database.update_table(TableName=name, TableClass="STANDARD_INFREQUENT_ACCESS")
    database.delete_table(TableName=made.physical(stack, "Gone"))

    detection = made.client.detect_stack_drift(StackName=stack["StackName"])

    found = made.client.describe_stack_drift_detection_status(
        StackDriftDetectionId=detection["StackDriftDetectionId"]
    )
    drifts = made.client.describe_stack_resource_drifts(StackName=stack["StackName"])
    told = {
        one["LogicalResourceId"]: one["StackResourceDriftStatus"]
        for one in drifts["StackResourceDrifts"]
    }
    assert ("DRIFTED", 2) == (found["StackDriftStatus"], found["DriftedStackResourceCount"])
    assert {"Changed": "MODIFIED", "Gone": "DELETED", "Same": "IN_SYNC"} == told
    assert [
        {
            "PropertyPath": "/TableClass",
            "ExpectedValue": "STANDARD",
            "ActualValue": "STANDARD_INFREQUENT_ACCESS",
            "DifferenceType": "NOT_EQUAL",
        }
    ] == drifts["StackResourceDrifts"][0]["PropertyDifferences"]
