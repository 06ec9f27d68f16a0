"""Document 001, "DynamoDB with Global Tables": its stack, and what it looks at: metrics, throttling, logs, mappings."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from globaltables.client.connection import Connection
from tests.support.document_rows import command, commands, look_every_second, of_file
from tests.support.documents import Reader, SnippetError, snippet
from tests.support.replicas import create_equal_tables, stream_records
from tests.support.server import Server
from tests.support.sources import ROOT
from tests.support.target import Target
from tests.support.waiting import eventually

TABLE = "myapp-prod-MainTable"
PROCESSOR = f"{TABLE}-stream-processor"
REGIONS = ["us-east-1", "us-west-2", "eu-west-1"]
#: Within the day that the document's commands ask about.
_MOMENT = datetime(2023, 12, 1, 10, tzinfo=UTC)
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """The reader of a server with the document's stack."""
    with Server("--in-memory") as server:
        made = _reader(tmp_path_factory.mktemp("document") / "home", server.endpoint)
        made.shell(command("001/create_stack.sh"))
        made.shell("aws cloudformation wait stack-create-complete --stack-name myapp-prod-dynamodb")
        yield made


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """The reader of a server in 2023, with the table in three regions, joined."""
    with Server("--in-memory") as server:
        offset = int((_MOMENT - datetime.now(UTC)).total_seconds() * 1000)
        for region in REGIONS:
            connection = Connection(server.endpoint, region)
            connection.call(connection.own().set_clock_offset, Milliseconds=offset)
        onlooker = Target(server.endpoint)
        keys = (("PK", "HASH"), ("SK", "RANGE"))
        create_equal_tables(
            onlooker,
            REGIONS,
            TableName=TABLE,
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name, _ in keys
            ],
        )
        made = Reader(server.endpoint, tmp_path_factory.mktemp("past"))
        made.shell(snippet("001/create_global_table.sh"))
        yield made
        onlooker.close()


@pytest.fixture
def reader(stack: Reader) -> Reader:
    """Who deployed the stack."""
    return stack


def _reader(home: Path, endpoint: str) -> Reader:
    shutil.copytree(ROOT / "recipes" / "single-table" / "cloudformation", home)
    look_every_second(home)
    return Reader(endpoint, home)


def _key(partition: str, sort: str) -> dict[str, Any]:
    return {"PK": {"S": partition}, "SK": {"S": sort}}


def test_stack_command_makes_the_table_and_what_is_around_it(onlooker: Target) -> None:
    """Sealed with a key of its own, with recovery, indexes, a processor, alarms and a dashboard."""
    client = onlooker.client()
    table: Any = client.describe_table(TableName=TABLE)["Table"]
    assert ("ACTIVE", "KMS") == (table["TableStatus"], table["SSEDescription"]["SSEType"])
    assert ["GSI1", "GSI2"] == sorted(one["IndexName"] for one in table["GlobalSecondaryIndexes"])
    recovery: Any = client.describe_continuous_backups(TableName=TABLE)
    described = recovery["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert "ENABLED" == described["PointInTimeRecoveryStatus"]
    assert onlooker.other("lambda").get_function(FunctionName=PROCESSOR)
    assert onlooker.other("cloudwatch").get_dashboard(DashboardName=TABLE)
    assert onlooker.other("cloudwatch").describe_alarms(AlarmNamePrefix=TABLE)["MetricAlarms"]
    with pytest.raises(ClientError, match="deletion protection"):
        client.delete_table(TableName=TABLE)


@pytest.mark.slow
def test_create_global_table_command_joins_the_tables_of_three_stacks(tmp_path: Path) -> None:
    """The document's command after the stack was made in each region, without a key of its own."""
    create = of_file("001/create_stack.sh")[0].text
    setting = "ParameterKey=TableName,ParameterValue=MainTable"
    owned = "ParameterKey=EncryptionKey,ParameterValue=AWS_OWNED"
    with Server("--in-memory") as server:
        reader = _reader(tmp_path / "home", server.endpoint)
        corrected = create.replace(setting, f"{setting} {owned}")
        reader.shell(
            "\n".join(f"AWS_DEFAULT_REGION={one} AWS_REGION={one} {corrected}" for one in REGIONS)
        )
        wait = "aws cloudformation wait stack-create-complete --stack-name myapp-prod-dynamodb --region"
        reader.shell("\n".join(f"{wait} {region}" for region in REGIONS))

        reader.shell(command("001/create_global_table.sh"))

        answers = eventually(
            lambda: reader.aws("\n".join(commands("001/write_and_read.sh"))), seconds_max=20
        )
        assert [{"S": "us-east-1"}] == [answer["Item"]["region"] for answer in answers]
        shown = reader.aws(commands("001/check_replication.sh")[0])[0]["GlobalTableDescription"]
        assert sorted(REGIONS) == sorted(one["RegionName"] for one in shown["ReplicationGroup"])


def test_billing_modes_are_those_of_the_table(onlooker: Target) -> None:
    """Both modes and both numbers of the document."""
    text = snippet("001/billing_modes.yaml")
    modes = re.findall(r"^BillingMode: (\w+)", text, re.MULTILINE)
    units = {name: int(value) for name, value in re.findall(r"(\w+CapacityUnits): (\d+)", text)}
    client: Any = onlooker.client()
    for mode in modes:
        more = {"ProvisionedThroughput": units} if mode == "PROVISIONED" else {}
        client.create_table(
            TableName=f"billed-{mode}",
            BillingMode=mode,
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
            **more,
        )
    shown = {mode: client.describe_table(TableName=f"billed-{mode}")["Table"] for mode in modes}
    assert "PAY_PER_REQUEST" == shown["PAY_PER_REQUEST"]["BillingModeSummary"]["BillingMode"]
    throughput = shown["PROVISIONED"]["ProvisionedThroughput"]
    assert units == {name: throughput[name] for name in units}


def test_data_patterns_are_found_by_both_indexes(onlooker: Target) -> None:
    """The user by mail, the order by status and by date."""
    text = re.sub(r"^//.*$", "", snippet("001/data_patterns.json"), flags=re.MULTILINE)
    table = onlooker.resource().Table(TABLE)
    decoder = json.JSONDecoder(parse_float=str)
    user, end = decoder.raw_decode(text.strip())
    order, _ = decoder.raw_decode(text.strip()[end:].strip())
    for item in (user, order):
        table.put_item(Item=item)

    def found(index: str, key: str) -> list[Any]:
        answer = table.query(
            IndexName=index,
            KeyConditionExpression=f"{index}PK = :key",
            ExpressionAttributeValues={":key": key},
        )
        return answer["Items"]

    assert eventually(lambda: found("GSI1", "USER#EMAIL"))
    assert [user] == found("GSI1", "USER#EMAIL")
    assert [order] == found("GSI1", "ORDER#STATUS") == found("GSI2", "ORDER#DATE")


def test_stream_views_are_those_of_the_records(onlooker: Target) -> None:
    """Each of the four views has in its records what the document's comment says."""
    views = re.findall(r"^StreamViewType: (\w+)", snippet("001/stream_views.yaml"), re.MULTILINE)
    images = {}
    for view in views:
        name = f"viewed-{view}"
        create_equal_tables(
            onlooker,
            REGIONS[:1],
            TableName=name,
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
        )
        for text in ("old", "new"):
            item = {"PK": {"S": "a"}, "text": {"S": text}}
            onlooker.client().put_item(TableName=name, Item=item)
        change = stream_records(onlooker, REGIONS[0], name)[-1]
        images[view] = sorted({"NewImage", "OldImage", "Keys"} & set(change))
    expected = {
        "NEW_AND_OLD_IMAGES": ["Keys", "NewImage", "OldImage"],
        "NEW_IMAGE": ["Keys", "NewImage"],
        "OLD_IMAGE": ["Keys", "OldImage"],
        "KEYS_ONLY": ["Keys"],
    }
    assert expected == images


def _datapoints(reader: Reader, ask: str) -> Any:
    return eventually(lambda: reader.aws(ask)[0]["Datapoints"], seconds_max=20, poll_seconds=0.2)


def test_capacity_command_finds_what_was_read(past: Reader) -> None:
    """Ten strongly consistent reads are ten units."""
    onlooker = Target(past.endpoint)
    before = past.aws(command("001/consumed_capacity.sh"))[0]["Datapoints"]
    for _ in range(10):
        onlooker.client().get_item(TableName=TABLE, Key=_key("none", "none"), ConsistentRead=True)
    (point,) = _datapoints(past, command("001/consumed_capacity.sh"))
    assert 10 <= point["Sum"] - sum(one["Sum"] for one in before)
    onlooker.close()


def test_throttle_command_finds_refused_reads(past: Reader) -> None:
    """A table that may be read once a second, read until it refuses."""
    onlooker = Target(past.endpoint)
    client = onlooker.client("us-west-2")
    client.update_table(
        TableName=TABLE, OnDemandThroughput={"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": -1}
    )

    def refused() -> bool:
        try:
            client.get_item(TableName=TABLE, Key=_key("none", "none"), ConsistentRead=True)
        except client.exceptions.ThrottlingException:
            return True
        return False

    assert eventually(refused, poll_seconds=0)
    ask = f"{command('001/throttled_reads.sh')} --region us-west-2"
    assert 1 <= sum(point["Sum"] for point in _datapoints(past, ask))
    onlooker.close()


def test_replication_commands_show_group_and_latency(past: Reader) -> None:
    """The three regions, and what replication to the second one took."""
    onlooker = Target(past.endpoint)
    onlooker.client().put_item(TableName=TABLE, Item=_key("USER#1", "PROFILE"))
    describe, ask = commands("001/check_replication.sh")
    shown = past.aws(describe)[0]["GlobalTableDescription"]["ReplicationGroup"]
    assert sorted(REGIONS) == sorted(one["RegionName"] for one in shown)
    assert 0 <= _datapoints(past, ask)[0]["Average"] < 60_000
    onlooker.close()


def test_latency_command_with_commas_is_refused_by_the_cli(stack: Reader) -> None:
    """As it is written it never reaches a server."""
    with pytest.raises(SnippetError, match='Second instance of key "Name"'):
        stack.shell(of_file("001/check_replication.sh")[1].text)


def test_logs_command_shows_the_changes_that_the_processor_read(
    stack: Reader, onlooker: Target
) -> None:
    """The stack's function prints every change of the table."""
    onlooker.client().put_item(TableName=TABLE, Item=_key("LOGGED#1", "DATA"))
    ask = command("001/tail_logs.sh")

    def printed() -> list[str]:
        try:
            events = stack.aws(ask)[0]["events"]
        except SnippetError:
            return []
        return [one["message"] for one in events if '"entity": "LOGGED"' in one["message"]]

    (line,) = eventually(printed, seconds_max=20, poll_seconds=0.2)
    assert {"event": "INSERT", "entity": "LOGGED", "keys": _key("LOGGED#1", "DATA")} == json.loads(
        line
    )


def test_mappings_command_shows_the_stream_of_the_table(stack: Reader, onlooker: Target) -> None:
    """Enabled, from the stack's stream to the stack's function."""
    stream = onlooker.client().describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]
    (mapping,) = stack.aws(command("001/list_mappings.sh"))[0]["EventSourceMappings"]
    assert (stream, "Enabled") == (mapping["EventSourceArn"], mapping["State"])
    assert mapping["FunctionArn"].endswith(f":function:{PROCESSOR}")
