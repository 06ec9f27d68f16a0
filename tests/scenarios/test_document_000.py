"""Document 000, "Infrastructure as Code ... for Multi-Region Apps": its stack, and what is done with it."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.document_rows import command, commands, look_every_second
from tests.support.documents import Reader, SnippetError
from tests.support.server import Server
from tests.support.sources import ROOT
from tests.support.target import Target
from tests.support.waiting import eventually

REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"]
STACK = "dynamodb-global-tables-primary"
pytestmark = pytest.mark.timeout(180)


@dataclass(frozen=True)
class Deployed:
    """The document's stack.

    Attributes:
        reader: who deployed it, and goes on from there.
        table: the name with the time of the deployment.
        outputs: of the stack, as the document's command shows them.
    """

    reader: Reader
    table: str
    outputs: dict[str, str]


def _reader(home: Path, endpoint: str) -> Reader:
    """Return somebody in the folder of the recipe."""
    shutil.copytree(ROOT / "recipes" / "multi-region-app", home)
    look_every_second(home)
    return Reader(endpoint, home)


def _deploy(reader: Reader) -> Deployed:
    create, wait, describe = commands("000/create_stack.sh")
    reader.shell(create)
    reader.shell(wait)
    (outputs,) = json.loads(f"[{reader.shell(describe)}]")
    values = {one["OutputKey"]: one["OutputValue"] for one in outputs}
    return Deployed(reader, values["TableName"], values)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The stack in the primary region by the document's commands, and functions in a second one."""
    with Server("--in-memory") as server:
        made = _deploy(_reader(tmp_path_factory.mktemp("document") / "home", server.endpoint))
        made.reader.shell(
            "aws cloudformation deploy --region eu-west-1 --stack-name functions --capabilities CAPABILITY_IAM"
            f" --template-file cloudformation.yaml --parameter-overrides TableName={made.table}"
        )
        yield made


@pytest.fixture
def reader(deployed: Deployed) -> Reader:
    """Who deployed the stack."""
    return deployed.reader


def _filled(deployed: Deployed, file: str) -> str:
    return command(file, YourTableName=deployed.table)


def test_stack_commands_make_a_table_in_three_regions(deployed: Deployed, onlooker: Target) -> None:
    """The name has the time in it, the outputs are those of the template, and every region has the table."""
    assert re.fullmatch(r"GlobalUserProfiles-\d{10}", deployed.table)
    assert {"TableName", "TableArn", "StreamArn", "FunctionName", "FunctionArn"} <= set(
        deployed.outputs
    )
    for region in REGIONS:
        table: Any = onlooker.client(region).describe_table(TableName=deployed.table)["Table"]
        assert "ACTIVE" == table["TableStatus"]
        assert ["EmailIndex"] == [one["IndexName"] for one in table["GlobalSecondaryIndexes"]]
    arn = onlooker.other("lambda").get_function(FunctionName="GlobalTableProcessor")
    assert deployed.outputs["FunctionArn"] == arn["Configuration"]["FunctionArn"]


def test_invoke_commands_write_in_one_region_and_read_in_the_other(
    deployed: Deployed, onlooker: Target
) -> None:
    """The function's item is in the table, and the function of the other region answers with it."""
    answer = deployed.reader.home / "answer.json"
    put, get = (
        # The last word says where the answer goes: here into the folder of this test.
        f"{text.rpartition(' ')[0]} {answer}"
        for text in commands("000/invoke_functions.sh")
    )

    assert [200] == [one["StatusCode"] for one in deployed.reader.aws(put)]
    key = {"UserId": {"S": "test-user"}}
    found = onlooker.client().get_item(TableName=deployed.table, Key=key)["Item"]
    assert ("Test User", "us-east-1") == (found["Name"]["S"], found["Region"]["S"])

    def read() -> Any:
        deployed.reader.aws(get)
        return json.loads(answer.read_text())

    assert eventually(lambda: read()["item"], seconds_max=20)
    assert ("eu-west-1", "us-east-1") == (read()["region"], read()["item"]["Region"])


def test_latency_command_finds_what_replication_took(deployed: Deployed, onlooker: Target) -> None:
    """A number of milliseconds, once something was replicated."""
    onlooker.client().put_item(TableName=deployed.table, Item={"UserId": {"S": "measured"}})
    ask = _filled(deployed, "000/replication_latency.sh")
    # The command's end is in whole seconds: the measurement is before it a second later.
    points = eventually(
        lambda: deployed.reader.aws(ask)[0]["Datapoints"], seconds_max=20, poll_seconds=0.5
    )
    assert "Milliseconds" == points[-1]["Unit"]
    assert 0 <= points[-1]["Average"] < 60_000


def test_query_command_finds_the_item_by_its_email(deployed: Deployed, onlooker: Target) -> None:
    """In the index of the template."""
    item = {"UserId": {"S": "by-mail"}, "Email": {"S": "test@example.com"}}
    onlooker.client().put_item(TableName=deployed.table, Item=item)
    (found,) = deployed.reader.aws(_filled(deployed, "000/query_index.sh"))
    assert [item] == found["Items"]


def test_dashboard_command_shows_the_widgets(deployed: Deployed) -> None:
    """Capacity, replication, errors, latency."""
    (shown,) = deployed.reader.aws(_filled(deployed, "000/describe_dashboards.sh"))
    widgets = json.loads(shown["DashboardBody"])["widgets"]
    assert 4 == len(widgets)
    assert deployed.table in shown["DashboardBody"]


def test_debug_commands_show_the_table_in_every_region(deployed: Deployed) -> None:
    """The same table, in the region that was asked."""
    asked = commands("000/debug.sh", YourTableName=deployed.table)[:3]
    tables = deployed.reader.aws("\n".join(asked))
    arns = [f"arn:aws:dynamodb:{region}:123456789012:table/{deployed.table}" for region in REGIONS]
    assert arns == [one["Table"]["TableArn"] for one in tables]
    assert ["ACTIVE"] * 3 == [one["Table"]["TableStatus"] for one in tables]


def test_logs_command_shows_what_the_function_printed(deployed: Deployed, onlooker: Target) -> None:
    """The processor prints what it answers."""
    event = json.dumps({"operation": "put", "userId": "logged"})
    onlooker.other("lambda").invoke(FunctionName="GlobalTableProcessor", Payload=event)
    ask = commands("000/debug.sh")[3]

    def printed() -> list[str]:
        events = deployed.reader.aws(ask)[0]["events"]
        return [one["message"] for one in events if '"UserId": "logged"' in one["message"]]

    assert eventually(printed)


def test_alarms_command_shows_states(deployed: Deployed) -> None:
    """The template's four alarms are OK, as nothing happened that they look for."""
    ask = commands("000/debug.sh")[4]

    def states() -> set[str]:
        return {one["StateValue"] for one in deployed.reader.aws(ask)[0]["MetricAlarms"]}

    assert 4 == len(deployed.reader.aws(ask)[0]["MetricAlarms"])
    # An alarm is looked at when a minute of the clock is full.
    deployed.reader.shell("globaltables clock advance 60s")
    assert eventually(lambda: states() == {"OK"}, poll_seconds=0.5)


def test_cost_command_is_refused_by_name(deployed: Deployed) -> None:
    """At once, and in words; nothing is made up."""
    with pytest.raises(SnippetError) as failure:
        deployed.reader.shell(command("000/cost.sh"))
    assert "The service ce is not served by globaltables" in failure.value.output


@pytest.mark.slow
def test_delete_stack_commands_leave_nothing(tmp_path: Path) -> None:
    """Neither a table in any region, nor the function, its logs, or alarms."""
    with Server("--in-memory") as server:
        reader = _reader(tmp_path / "home", server.endpoint)
        _deploy(reader)
        for one in commands("000/delete_stack.sh"):
            reader.shell(one)
        onlooker = Target(server.endpoint)
        assert [[]] * 3 == [
            onlooker.client(region).list_tables()["TableNames"] for region in REGIONS
        ]
        assert [] == onlooker.other("lambda").list_functions()["Functions"]
        assert [] == onlooker.other("logs").describe_log_groups()["logGroups"]
        assert [] == onlooker.other("cloudwatch").describe_alarms()["MetricAlarms"]
        onlooker.close()
