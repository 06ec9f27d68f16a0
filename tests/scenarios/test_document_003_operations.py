"""Document 003, tasks 2, 8 to 11 and 15: keys, insights, alarms, dashboards, exports, endpoints, logs."""

import gzip
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.document_rows import command
from tests.support.documents import Reader, SnippetError
from tests.support.functions import ROLE, archive
from tests.support.replicas import create_equal_tables
from tests.support.server import Server
from tests.support.target import Target
from tests.support.waiting import eventually

STUDENT = "s1234"
TABLE = f"transactions-global-{STUDENT}"
ACCOUNT = "123456789012"
REGIONS = ["us-east-1", "us-west-2", "eu-west-1"]
INDEX = "HighValueTransactionsIndex"
pytestmark = pytest.mark.timeout(180)


def _definition(name: str) -> dict[str, Any]:
    types = {"account_id": "S", "transaction_id": "S", "high_value_flag": "S", "amount": "N"}
    return {
        "TableName": name,
        "KeySchema": [
            {"AttributeName": "account_id", "KeyType": "HASH"},
            {"AttributeName": "transaction_id", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in types.items()
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": INDEX,
                "KeySchema": [
                    {"AttributeName": "high_value_flag", "KeyType": "HASH"},
                    {"AttributeName": "amount", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    }


def _replicas(client: Any, table: str) -> list[str]:
    described = client.describe_table(TableName=table)["Table"]
    return [one["ReplicaStatus"] for one in described.get("Replicas", ())]


def _create_global_table(onlooker: Target, name: str) -> None:
    """Make a table with its two replicas."""
    create_equal_tables(onlooker, REGIONS[:1], **_definition(name))
    client = onlooker.client()
    for number, region in enumerate(REGIONS[1:], 1):
        client.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": region}}])
        active = ["ACTIVE"] * number
        assert eventually(
            lambda active=active: _replicas(client, name) == active,  # type: ignore[misc]
            seconds_max=30,
        )


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """The reader of a server with the document's table in its three regions."""
    with Server("--in-memory") as server:
        made = Reader(server.endpoint, tmp_path_factory.mktemp("document"))
        target = Target(server.endpoint)
        _create_global_table(target, TABLE)
        yield made
        target.close()


@pytest.fixture
def reader(student: Reader) -> Reader:
    """Who made the table."""
    return student


def _filled(file: str, **placeholders: str) -> str:
    return command(file, STUDENTID=STUDENT, **placeholders)


def _key(account: str, transaction: str = "TXN001") -> dict[str, Any]:
    return {"account_id": {"S": account}, "transaction_id": {"S": transaction}}


def _queue_of_topic(onlooker: Target, name: str) -> tuple[str, str]:
    """Make a topic with a queue that gets its messages; return the topic's ARN and the queue's URL."""
    topic = onlooker.other("sns").create_topic(Name=name)["TopicArn"]
    url = onlooker.other("sqs").create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    onlooker.other("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, url


def _alarm_message(onlooker: Target, url: str, name: str) -> dict[str, Any]:
    """Return the notification that an alarm went off."""

    def look() -> dict[str, Any]:
        found = onlooker.other("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=1)
        for message in found.get("Messages", ()):
            told: dict[str, Any] = json.loads(json.loads(message["Body"])["Message"])
            if (told["AlarmName"], told["NewStateValue"]) == (name, "ALARM"):
                return told
        return {}

    return eventually(look, seconds_max=30)


def test_keys_seal_every_replica(reader: Reader, onlooker: Target) -> None:
    """A key and its alias in each region by the document's commands, the global table sealed under them, the tags."""
    name = f"sealed-{STUDENT}"
    _create_global_table(onlooker, name)
    keys = {}
    for region in REGIONS:
        here = ("--region us-east-1", f"--region {region}")
        (made,) = reader.aws(_filled("003/create_key.sh").replace(*here))
        keys[region] = made["KeyMetadata"]["Arn"]
        placeholder = {"<key-id>": made["KeyMetadata"]["KeyId"]}
        reader.shell(_filled("003/create_alias.sh", **placeholder).replace(*here))
    alias = f"alias/dynamodb-transactions-{STUDENT}"
    updates = [
        {"Update": {"RegionName": region, "KMSMasterKeyId": alias}} for region in REGIONS[1:]
    ]
    reader.shell(
        f"aws dynamodb update-table --table-name {name} --replica-updates '{json.dumps(updates)}'"
        f" --sse-specification Enabled=true,SSEType=KMS,KMSMasterKeyId={alias}"
    )
    arn = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{name}"
    tags = "Key=Environment,Value=Production Key=Compliance,Value=PCI-DSS"
    reader.shell(f"aws dynamodb tag-resource --resource-arn {arn} --tags {tags}")

    def sealed_under() -> dict[str, str]:
        tables: Any = {
            one: onlooker.client(one).describe_table(TableName=name)["Table"] for one in REGIONS
        }
        return {
            one: table.get("SSEDescription", {}).get("KMSMasterKeyArn", "")
            for one, table in tables.items()
        }

    assert 3 == len(set(keys.values()))
    assert eventually(lambda: sealed_under() == keys, seconds_max=20), sealed_under()
    onlooker.client().put_item(TableName=name, Item=_key("SEALED"))
    for region in REGIONS:
        client = onlooker.client(region)
        get = partial(client.get_item, TableName=name, Key=_key("SEALED"))
        assert eventually(lambda get=get: "Item" in get())  # type: ignore[misc]
    found = onlooker.client().list_tags_of_resource(ResourceArn=arn)["Tags"]
    assert {"Environment", "Compliance"} == {tag["Key"] for tag in found}


def test_disabled_key_makes_the_table_inaccessible(reader: Reader, onlooker: Target) -> None:
    """Until it is enabled again; the other region's replica, with its own key, goes on."""
    name = "disabled-key"
    keys = [
        onlooker.other("kms", region).create_key()["KeyMetadata"]["KeyId"] for region in REGIONS[:2]
    ]
    sealing = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": keys[0]}
    create_equal_tables(onlooker, REGIONS[:1], **_definition(name), SSESpecification=sealing)
    home, away = onlooker.client(REGIONS[0]), onlooker.client(REGIONS[1])
    home.update_table(
        TableName=name,
        ReplicaUpdates=[{"Create": {"RegionName": REGIONS[1], "KMSMasterKeyId": keys[1]}}],
    )
    assert eventually(lambda: _replicas(home, name) == ["ACTIVE"], seconds_max=30)
    home.put_item(TableName=name, Item=_key("ACC001"))
    get = f"aws dynamodb get-item --table-name {name} --key '{json.dumps(_key('ACC001'))}'"
    assert eventually(lambda: "Item" in away.get_item(TableName=name, Key=_key("ACC001")))

    reader.shell(f"aws kms disable-key --key-id {keys[0]} --region us-east-1")
    with pytest.raises(SnippetError) as failure:
        reader.shell(f"{get} --region us-east-1")
    status = home.describe_table(TableName=name)["Table"]["TableStatus"]
    (elsewhere,) = reader.aws(f"{get} --region us-west-2")
    reader.shell(f"aws kms enable-key --key-id {keys[0]} --region us-east-1")

    def read_again() -> bool:
        try:
            return bool(reader.aws(f"{get} --region us-east-1"))
        except SnippetError:
            return False

    assert "INACCESSIBLE_ENCRYPTION_CREDENTIALS" == status
    assert "KMS" in failure.value.output or "key" in failure.value.output
    assert _key("ACC001") == elsewhere["Item"]
    assert eventually(read_again, seconds_max=20)


def test_insights_name_the_hot_key(reader: Reader, onlooker: Target) -> None:
    """Enabled for the table and its index, in one region; the account that is used most is named first."""
    enable = f"aws dynamodb update-contributor-insights --contributor-insights-action ENABLE --table-name {TABLE}"
    reader.shell(f"{enable}\n{enable} --index-name {INDEX}")
    for number in range(20):
        item = {
            **_key("HOT", f"TXN{number}"),
            "high_value_flag": {"S": "YES"},
            "amount": {"N": "9"},
        }
        onlooker.client().put_item(TableName=TABLE, Item=item)

    of_table = reader.shell(f"globaltables insights {TABLE}")
    of_index = reader.shell(f"globaltables insights {TABLE} --index {INDEX}")

    assert "HOT" == of_table.splitlines()[2].split()[0]
    assert "YES" == of_index.splitlines()[2].split()[0]


def test_dashboard_is_stored_and_shown(reader: Reader) -> None:
    """With the metrics of replication and capacity that the document lists."""
    metrics = [
        ["AWS/DynamoDB", "ReplicationLatency", "TableName", TABLE, "ReceivingRegion", region]
        for region in REGIONS[1:]
    ]
    capacity = ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")
    metrics += [["AWS/DynamoDB", name, "TableName", TABLE] for name in capacity]
    properties = {"metrics": metrics, "region": "us-east-1", "stat": "Average", "period": 300}
    place = {"x": 0, "y": 0, "width": 12, "height": 6}
    body = {"widgets": [{"type": "metric", **place, "properties": properties}]}
    (reader.home / "dashboard.json").write_text(json.dumps(body))
    name = f"DynamoDB-GlobalTable-{STUDENT}"

    put, shown = reader.aws(f"""
        aws cloudwatch put-dashboard --dashboard-name {name} --dashboard-body file://dashboard.json
        aws cloudwatch get-dashboard --dashboard-name {name}
    """)

    assert [] == put["DashboardValidationMessages"]
    assert body == json.loads(shown["DashboardBody"])


def test_lag_alarm_tells_of_a_slowed_link(reader: Reader, onlooker: Target) -> None:
    """A link that takes more than five minutes, twice: the document's alarm goes off, and a queue gets to know."""
    topic, url = _queue_of_topic(onlooker, "lag")
    reader.shell(f"{_filled('003/alarm_lag.sh')} --alarm-actions {topic}")
    reader.shell(
        "globaltables fault delay 301000 --region us-west-2 --from us-east-1 --table " + TABLE
    )
    west = onlooker.client("us-west-2")
    for number in (1, 2):
        key = _key(f"SLOW-{number}")
        onlooker.client().put_item(TableName=TABLE, Item=key)
        assert "Item" not in west.get_item(TableName=TABLE, Key=key)
        reader.shell("globaltables clock advance 302s")
        assert eventually(
            lambda key=key: "Item" in west.get_item(TableName=TABLE, Key=key),  # type: ignore[misc]
            seconds_max=20,
        )
    reader.shell("globaltables fault clear --region us-west-2")
    reader.shell("globaltables clock advance 302s")

    told = _alarm_message(onlooker, url, f"DynamoDB-HighReplicationLag-{STUDENT}")

    assert "ReplicationLatency" == told["Trigger"]["MetricName"]
    assert 300_000 == told["Trigger"]["Threshold"]


def test_backup_alarm_tells_of_a_function_that_failed(reader: Reader, onlooker: Target) -> None:
    """The document's function for a table that is not there."""
    topic, url = _queue_of_topic(onlooker, "failed-backups")
    name = f"dynamodb-backup-automation-{STUDENT}"
    onlooker.other("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="lambda_function.lambda_handler",
        Role=ROLE,
        Timeout=30,
        Code={"ZipFile": archive({"lambda_function.py": command("003/lambda_function.py")})},
        Environment={"Variables": {"TABLE_NAME": "nothing-here"}},
    )
    dimensions = f"--dimensions Name=FunctionName,Value={name}"
    reader.shell(f"{_filled('003/alarm_backups.sh')} {dimensions} --alarm-actions {topic}")

    (answer,) = reader.aws(f"aws lambda invoke --function-name {name} answer.json")
    reader.shell("globaltables clock advance 1h")

    assert "Unhandled" == answer["FunctionError"]
    assert _alarm_message(onlooker, url, f"DynamoDB-BackupFailed-{STUDENT}")


def test_writes_alarm_tells_of_unusual_activity(reader: Reader, onlooker: Target) -> None:
    """More than a thousand units in each of three minutes."""
    topic, url = _queue_of_topic(onlooker, "writes")
    reader.shell(f"{_filled('003/alarm_writes.sh')} --alarm-actions {topic}")
    large = {"S": "x" * 400_000}
    for minute in range(3):
        for number in range(3):
            item = {**_key("LARGE", f"{minute}-{number}"), "text": large}
            onlooker.client().put_item(TableName=TABLE, Item=item)
        reader.shell("globaltables clock advance 60s")

    told = _alarm_message(onlooker, url, f"DynamoDB-AnomalousWrites-{STUDENT}")

    assert "ConsumedWriteCapacityUnits" == told["Trigger"]["MetricName"]


def test_export_commands_bring_the_items_into_the_bucket(reader: Reader, onlooker: Target) -> None:
    """Listed by `aws s3 ls`, and in the exported files."""
    client = onlooker.client()
    client.put_item(TableName=TABLE, Item=_key("EXPORTED"))
    client.update_continuous_backups(
        TableName=TABLE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    reader.shell(_filled("003/make_bucket.sh"))
    (started,) = reader.aws(_filled("003/export_table.sh", ACCOUNT=ACCOUNT))
    arn = started["ExportDescription"]["ExportArn"]

    def is_complete() -> bool:
        described = client.describe_export(ExportArn=arn)["ExportDescription"]
        return described["ExportStatus"] == "COMPLETED"

    assert eventually(is_complete, seconds_max=30)
    bucket = f"dynamodb-exports-{STUDENT}"
    listed = reader.shell(f"aws s3 ls --recursive s3://{bucket}/transactions-export/")
    keys = [line.split(maxsplit=3)[3] for line in listed.splitlines()]
    assert any(key.endswith("manifest-summary.json") for key in keys)
    reader.shell(f"aws s3 cp --recursive --quiet s3://{bucket}/transactions-export/ exported")
    lines = [
        line
        for path in (reader.home / "exported").rglob("*.json.gz")
        for line in gzip.decompress(path.read_bytes()).decode().splitlines()
    ]
    assert _key("EXPORTED") in [json.loads(line)["Item"] for line in lines]


def test_endpoint_command_makes_an_endpoint(reader: Reader) -> None:
    """In a network with a route table, which the document's reader has already."""
    vpc, table = reader.shell(
        "vpc=$(aws ec2 create-vpc --cidr-block 10.0.0.0/16 --query Vpc.VpcId --output text)\n"
        "aws ec2 create-route-table --vpc-id $vpc --query '[RouteTable.VpcId, RouteTable.RouteTableId]' --output text"
    ).split()
    create = command("003/create_vpc_endpoint.sh", **{"vpc-XXXXX": vpc, "rtb-XXXXX": table})

    (made,) = reader.aws(create)
    (shown,) = reader.aws("aws ec2 describe-vpc-endpoints --region us-east-1")

    endpoint = made["VpcEndpoint"]
    assert "com.amazonaws.us-east-1.dynamodb" == endpoint["ServiceName"]
    assert [table] == endpoint["RouteTableIds"]
    assert [endpoint["VpcEndpointId"]] == [one["VpcEndpointId"] for one in shown["VpcEndpoints"]]


def test_trail_command_is_refused_by_name(reader: Reader) -> None:
    """At once, and in words."""
    with pytest.raises(SnippetError, match="The service cloudtrail is not served by globaltables"):
        reader.shell(_filled("003/create_trail.sh"))


def test_bucket_logging_writes_about_requests(reader: Reader, tmp_path: Path) -> None:
    """Who reads from the bucket of exports stands in another bucket."""
    rules = {"LoggingEnabled": {"TargetBucket": "access-logs", "TargetPrefix": "exports/"}}
    (reader.home / "logging.json").write_text(json.dumps(rules))
    (reader.home / "report.txt").write_text("a report")
    reader.shell("""
        aws s3 mb s3://logged-exports
        aws s3 mb s3://access-logs
        aws s3api put-bucket-logging --bucket logged-exports --bucket-logging-status file://logging.json
        aws s3 cp --quiet report.txt s3://logged-exports/report.txt
    """)

    def logged() -> str:
        reader.shell("globaltables clock advance 10m")
        reader.shell(f"aws s3 cp --recursive --quiet s3://access-logs/exports/ {tmp_path}")
        return "\n".join(path.read_text() for path in tmp_path.iterdir())

    assert eventually(lambda: "REST.PUT.OBJECT report.txt" in logged(), seconds_max=20)


_EXPORTER = """
import boto3, os
def lambda_handler(event, context):
    boto3.client("dynamodb").export_table_to_point_in_time(
        TableArn=os.environ["TABLE_ARN"], S3Bucket="weekly-exports", ExportFormat="DYNAMODB_JSON"
    )
"""


def test_weekly_export_is_made_on_sunday(tmp_path: Path) -> None:
    """A rule for Sundays at three starts a function, whose export holds the table, once in a week."""
    with Server("--in-memory") as server:
        reader, onlooker = Reader(server.endpoint, tmp_path), Target(server.endpoint)
        create_equal_tables(onlooker, REGIONS[:1], **_definition(TABLE))
        client = onlooker.client()
        client.update_continuous_backups(
            TableName=TABLE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
        table = client.describe_table(TableName=TABLE)["Table"]["TableArn"]
        made = onlooker.other("lambda").create_function(
            FunctionName="weekly-export",
            Runtime="python3.12",
            Handler="lambda_function.lambda_handler",
            Role=ROLE,
            Timeout=60,
            Code={"ZipFile": archive({"lambda_function.py": _EXPORTER})},
            Environment={"Variables": {"TABLE_ARN": table}},
        )
        reader.shell(f"""
            aws s3 mb s3://weekly-exports
            aws events put-rule --name weekly --schedule-expression 'cron(0 3 ? * SUN *)'
            aws events put-targets --rule weekly --targets Id=1,Arn={made["FunctionArn"]}
            globaltables clock advance 7d
        """)

        def completed() -> list[str]:
            exports = client.list_exports(TableArn=table)["ExportSummaries"]
            return [one["ExportArn"] for one in exports if one["ExportStatus"] == "COMPLETED"]

        assert eventually(completed, seconds_max=40)
        assert 1 == len(client.list_exports(TableArn=table)["ExportSummaries"])
        assert "manifest-summary.json" in reader.shell("aws s3 ls --recursive s3://weekly-exports")
        onlooker.close()
