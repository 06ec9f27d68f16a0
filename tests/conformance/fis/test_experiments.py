"""Experiments: replication of a global table pauses while one runs, and catches up afterwards."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from globaltables.client.connection import Connection
from tests.support.experiments import pausing, target_of, waiting
from tests.support.server import Server
from tests.support.target import Target
from tests.support.waiting import eventually

HOME, EUROPE = "us-east-1", "eu-west-1"
Run = Callable[..., dict[str, Any]]


def arn_of(target: Target, name: str) -> str:
    """Return the ARN of the table in the home region."""
    return str(target.client(HOME).describe_table(TableName=name)["Table"]["TableArn"])


def status(service: Any, experiment: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Return the status of an experiment and of each of its actions."""
    found = service.get_experiment(id=experiment["id"])["experiment"]
    actions = {name: one["state"]["status"] for name, one in found["actions"].items()}
    return found["state"]["status"], actions


def links(connection: Connection, name: str) -> list[dict[str, Any]]:
    """Return the links of a table."""
    (table,) = connection.call(connection.own().describe_replication, TableName=name)["Tables"]
    found: list[dict[str, Any]] = table["Links"]
    return found


def test_experiment_pauses_replication_until_it_is_stopped(
    target: Target,
    connection: Connection,
    make_global_table: Callable[[], str],
    service: Any,
    run: Run,
) -> None:
    """The lag grows in both directions while it runs, and is gone afterwards; the policy of before is back."""
    name = make_global_table()
    arn = arn_of(target, name)
    experiment = run(targets={"replica": target_of(arn)}, actions={"pause": pausing()})
    assert "initiating" == experiment["state"]["status"]
    assert eventually(lambda: ("running", {"pause": "running"}) == status(service, experiment))

    home, europe = target.client(HOME), target.client(EUROPE)
    for number in range(5):
        home.put_item(TableName=name, Item={"pk": {"S": f"home-{number}"}})
        europe.put_item(TableName=name, Item={"pk": {"S": f"europe-{number}"}})
    held = links(connection, name)
    assert [("PAUSED", 5), ("PAUSED", 5)] == [(one["Status"], one["LagRecords"]) for one in held]
    first = min(one["LagMilliseconds"] for one in held)
    assert eventually(
        lambda: min(one["LagMilliseconds"] for one in links(connection, name)) > first
    )
    policy = json.loads(home.get_resource_policy(ResourceArn=arn)["Policy"])
    assert [f"DoNotModifyFisDynamoDbPauseReplication{experiment['id']}"] == [
        one["Sid"] for one in policy["Statement"] if not one["Sid"].endswith("ServicePrincipal")
    ]
    with pytest.raises(ClientError, match="explicit deny") as refused:
        europe.update_table(
            TableName=name,
            BillingMode="PROVISIONED",
            ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        )
    assert "AccessDeniedException" == refused.value.response["Error"]["Code"]

    answer = service.stop_experiment(id=experiment["id"])["experiment"]

    assert "stopping" == answer["state"]["status"]
    assert ("stopped", {"pause": "stopped"}) == status(service, experiment)
    connection.call(connection.own().sync_table, TableName=name)
    assert [0, 0] == [one["LagRecords"] for one in links(connection, name)]
    assert 10 == home.scan(TableName=name)["Count"] == europe.scan(TableName=name)["Count"]
    with pytest.raises(home.exceptions.PolicyNotFoundException):
        home.get_resource_policy(ResourceArn=arn)


def test_experiment_keeps_the_statements_that_the_table_had(
    target: Target, make_global_table: Callable[[], str], service: Any, run: Run
) -> None:
    """Its own come behind them and go away alone."""
    name = make_global_table()
    arn = arn_of(target, name)
    mine = {
        "Sid": "mine",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "dynamodb:DeleteTable",
        "Resource": arn,
        "Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}},
    }
    client = target.client(HOME)
    document = json.dumps({"Version": "2012-10-17", "Statement": [mine]})
    client.put_resource_policy(ResourceArn=arn, Policy=document)
    before = client.get_resource_policy(ResourceArn=arn)["Policy"]

    experiment = run(targets={"replica": target_of(arn)}, actions={"pause": pausing()})
    assert eventually(lambda: "running" == status(service, experiment)[0])
    during = json.loads(client.get_resource_policy(ResourceArn=arn)["Policy"])["Statement"]
    service.stop_experiment(id=experiment["id"])

    assert (3, "mine") == (len(during), during[0]["Sid"])
    assert before == client.get_resource_policy(ResourceArn=arn)["Policy"]


def test_experiment_finds_replicas_by_their_tags(
    target: Target,
    make_global_table: Callable[[], str],
    make_table: Callable[..., str],
    service: Any,
    run: Run,
) -> None:
    """Only those of global tables; what was found is listed."""
    name, other = make_global_table(), make_table()
    for table in (name, other):
        target.client(HOME).tag_resource(
            ResourceArn=arn_of(target, table), Tags=[{"Key": "drill", "Value": name}]
        )

    experiment = run(
        targets={"replica": target_of(resourceTags={"drill": name})}, actions={"pause": pausing()}
    )

    assert eventually(lambda: "running" == status(service, experiment)[0])
    listed = service.list_experiment_resolved_targets(experimentId=experiment["id"])
    assert [("replica", {"arn": arn_of(target, name)})] == [
        (one["targetName"], one["targetInformation"]) for one in listed["resolvedTargets"]
    ]


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        ("fail", ("failed", {"pause": "failed", "wait": "cancelled"})),
        ("skip", ("running", {"pause": "skipped", "wait": "running"})),
    ],
)
def test_experiment_without_a_replica_fails_or_goes_on_as_its_template_says(
    service: Any, run: Run, options: str, outcome: tuple[str, dict[str, str]]
) -> None:
    """What emptyTargetResolutionMode is for."""
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/none"
    experiment = run(
        targets={"replica": target_of(arn)},
        actions={"pause": pausing(), "wait": waiting(startAfter=["pause"])},
        experimentOptions={"emptyTargetResolutionMode": options},
    )

    assert eventually(lambda: outcome == status(service, experiment))


def test_experiment_that_skips_all_actions_completes(service: Any, run: Run) -> None:
    """ActionsMode skip-all shows what would be done."""
    experiment = run({"actionsMode": "skip-all"})

    assert eventually(lambda: ("completed", {"wait": "skipped"}) == status(service, experiment))


def test_start_experiment_twice_with_one_token_starts_one(
    service: Any, make_template: Callable[..., dict[str, Any]], table_name: str
) -> None:
    """Another request with that token is refused."""
    first, second = make_template()["id"], make_template()["id"]
    token = f"start-{table_name}"
    started = [
        service.start_experiment(experimentTemplateId=first, clientToken=token)["experiment"]["id"]
        for _ in range(2)
    ]

    assert started[0] == started[1]
    with pytest.raises(service.exceptions.ConflictException):
        service.start_experiment(experimentTemplateId=second, clientToken=token)
    listed = service.list_experiments(experimentTemplateId=first)["experiments"]
    assert [started[0]] == [one["id"] for one in listed]
    service.stop_experiment(id=started[0])
    with pytest.raises(service.exceptions.ValidationException, match="is not running"):
        service.stop_experiment(id=started[0])


def test_sixth_active_experiment_is_refused(service: Any, run: Run) -> None:
    """With the status that the model gives the error."""
    for _ in range(5):
        run()

    with pytest.raises(service.exceptions.ServiceQuotaExceededException) as refused:
        run()

    assert 402 == refused.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_experiments_of_others_are_not_there(server: Server, service: Any, run: Run) -> None:
    """Neither in another region nor in another account."""
    experiment = run()
    elsewhere = Target(server.endpoint).fault_injection(EUROPE)

    with pytest.raises(elsewhere.exceptions.ResourceNotFoundException) as refused:
        elsewhere.get_experiment(id=experiment["id"])

    assert 404 == refused.value.response["ResponseMetadata"]["HTTPStatusCode"]
    assert [] == elsewhere.list_experiments()["experiments"]


def test_experiment_outlives_a_restart(data_server: Callable[..., Server]) -> None:
    """It runs on, and can be stopped."""
    server = data_server()
    with server:
        target = Target(server.endpoint)
        service = target.fault_injection()
        made = service.create_experiment_template(
            description="a test",
            stopConditions=[{"source": "none"}],
            roleArn="arn:aws:iam::123456789012:role/experiments",
            actions={"wait": waiting()},
        )["experimentTemplate"]["id"]
        experiment = service.start_experiment(experimentTemplateId=made)["experiment"]
        assert eventually(lambda: "running" == status(service, experiment)[0])
        target.close()
    with server:
        service = Target(server.endpoint).fault_injection()
        assert ("running", {"wait": "running"}) == status(service, experiment)
        service.stop_experiment(id=experiment["id"])
        assert ("stopped", {"wait": "stopped"}) == status(service, experiment)
