"""`globaltables check`: a deployment as the assessment of document 003 wants it, and a fault of each kind in it."""

import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.support.documents import Reader
from tests.support.replicas import create_equal_tables
from tests.support.server import executable
from tests.support.target import Target
from tests.support.waiting import eventually

TABLE = "transactions-global-s1"
HOME, AWAY = "us-east-1", "us-west-2"
RULE, FUNCTION = "daily-dynamodb-backup-s1", "dynamodb-backup-automation-s1"
HANDLER = "def handler(event, context):\n    return {}\n"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
pytestmark = pytest.mark.slow


def _package() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", HANDLER)
    return packed.getvalue()


def _make_table(onlooker: Target) -> None:
    keys = {
        region: onlooker.other("kms", region).create_key()["KeyMetadata"]["Arn"]
        for region in (HOME, AWAY)
    }
    create_equal_tables(
        onlooker,
        [HOME],
        TableName=TABLE,
        KeySchema=[{"AttributeName": "account_id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "account_id", "AttributeType": "S"},
            {"AttributeName": "high_value_flag", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "HighValueTransactionsIndex",
                "KeySchema": [{"AttributeName": "high_value_flag", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": keys[HOME]},
    )
    home = onlooker.client(HOME)
    home.update_table(
        TableName=TABLE,
        ReplicaUpdates=[{"Create": {"RegionName": AWAY, "KMSMasterKeyId": keys[AWAY]}}],
    )
    for region in (HOME, AWAY):
        client: Any = onlooker.client(region)
        assert eventually(partial(_is_active, client), seconds_max=30)
        client.update_continuous_backups(
            TableName=TABLE,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
        for index in ({}, {"IndexName": "HighValueTransactionsIndex"}):
            client.update_contributor_insights(
                TableName=TABLE, ContributorInsightsAction="ENABLE", **index
            )
        arn = client.describe_table(TableName=TABLE)["Table"]["TableArn"]
        client.tag_resource(ResourceArn=arn, Tags=[{"Key": "Environment", "Value": "Production"}])
    for number in range(2):
        home.create_backup(TableName=TABLE, BackupName=f"backup-{number}")


def _is_active(client: Any) -> bool:
    try:
        table = client.describe_table(TableName=TABLE)["Table"]
    except client.exceptions.ResourceNotFoundException:
        return False
    statuses = [replica["ReplicaStatus"] for replica in table.get("Replicas", [])]
    return table["TableStatus"] == "ACTIVE" and bool(statuses) and set(statuses) == {"ACTIVE"}


def _make_surroundings(onlooker: Target) -> None:
    iam = onlooker.other("iam")
    role = iam.create_role(RoleName="backups", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"][
        "Arn"
    ]
    function = onlooker.other("lambda").create_function(
        FunctionName=FUNCTION,
        Runtime="python3.12",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": _package()},
        Environment={"Variables": {"TABLE_NAME": TABLE}},
    )["FunctionArn"]
    events = onlooker.other("events")
    events.put_rule(Name=RULE, ScheduleExpression="cron(0 2 * * ? *)")
    events.put_targets(Rule=RULE, Targets=[{"Id": "backup", "Arn": function}])
    for number in range(3):
        onlooker.other("cloudwatch").put_metric_alarm(
            AlarmName=f"alarm-{number}",
            Namespace="AWS/DynamoDB",
            MetricName="ConsumedWriteCapacityUnits",
            Dimensions=[{"Name": "TableName", "Value": TABLE}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1000 + number,
            ComparisonOperator="GreaterThanThreshold",
        )
        statement = {
            "Effect": "Allow",
            "Action": "dynamodb:GetItem",
            "Resource": f"arn:aws:dynamodb:*:*:table/{TABLE}",
        }
        iam.create_policy(
            PolicyName=f"policy-{number}",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
    onlooker.other("s3").create_bucket(Bucket="dynamodb-exports-s1")
    home = onlooker.client(HOME)
    export = home.export_table_to_point_in_time(
        TableArn=home.describe_table(TableName=TABLE)["Table"]["TableArn"],
        S3Bucket="dynamodb-exports-s1",
    )["ExportDescription"]["ExportArn"]
    assert eventually(
        lambda: (
            home.describe_export(ExportArn=export)["ExportDescription"]["ExportStatus"]
            == "COMPLETED"
        ),
        seconds_max=30,
    )


@pytest.fixture
def check(reader: Reader, onlooker: Target) -> Callable[..., tuple[int, list[str]]]:
    """Run the command on a deployment in which all is well; return its exit code and what it found."""
    _make_table(onlooker)
    _make_surroundings(onlooker)

    def run(*options: str) -> tuple[int, list[str]]:
        ended = subprocess.run(
            [str(executable()), "check", TABLE, "--json", *options],
            env=reader.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        report = json.loads(ended.stdout)
        return ended.returncode, [
            f"{one['check']} {one['region']}"
            for one in report["Checks"]
            if one["outcome"] == "fail"
        ]

    return run


def _set_recovery(client: Any, *, enabled: bool) -> None:
    client.update_continuous_backups(
        TableName=TABLE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled}
    )


def test_check_finds_a_fault_of_each_kind_and_nothing_else(
    check: Callable[..., tuple[int, list[str]]], reader: Reader, onlooker: Target
) -> None:
    """Each fault is planted in a deployment in which all is well, seen, and mended."""
    home, away = onlooker.client(HOME), onlooker.client(AWAY)
    events, alarms, iam, s3 = (
        onlooker.other(service) for service in ("events", "cloudwatch", "iam", "s3")
    )
    arn = away.describe_table(TableName=TABLE)["Table"]["TableArn"]

    assert (0, []) == check("--tag", "Environment=Production")

    assert (1, [f"tags {HOME}", f"tags {AWAY}"]) == check("--tag", "Owner=somebody")
    missing = check("--regions", f"{HOME},{AWAY},eu-west-1")
    assert {"replica us-east-1", "replica eu-west-1"} <= set(missing[1])

    _set_recovery(away, enabled=False)
    assert (1, [f"point-in-time recovery {AWAY}"]) == check()
    _set_recovery(away, enabled=True)

    away.update_contributor_insights(TableName=TABLE, ContributorInsightsAction="DISABLE")
    assert (1, [f"contributor insights {AWAY}"]) == check()
    away.update_contributor_insights(TableName=TABLE, ContributorInsightsAction="ENABLE")

    away.untag_resource(ResourceArn=arn, TagKeys=["Environment"])
    assert (1, [f"tags {AWAY}"]) == check()
    away.tag_resource(ResourceArn=arn, Tags=[{"Key": "Environment", "Value": "Production"}])

    events.disable_rule(Name=RULE)
    assert (1, [f"backup schedule {HOME}"]) == check()
    events.enable_rule(Name=RULE)

    alarms.delete_alarms(AlarmNames=["alarm-0"])
    iam.delete_policy(PolicyArn="arn:aws:iam::123456789012:policy/policy-0")
    backup = home.list_backups(TableName=TABLE)["BackupSummaries"][0]["BackupArn"]
    home.delete_backup(BackupArn=backup)
    bucket = "dynamodb-exports-s1"
    reader.shell(f"aws s3 rm --recursive s3://{bucket} > /dev/null")
    s3.delete_bucket(Bucket=bucket)
    found = [f"{name} {HOME}" for name in ("backups", "alarms", "export bucket", "policies")]
    assert (1, found) == check()
    assert (0, []) == check(
        *(word for line in found for word in ("--ignore", line.removesuffix(f" {HOME}")))
    )

    key = away.describe_table(TableName=TABLE)["Table"]["SSEDescription"]["KMSMasterKeyArn"]
    onlooker.other("kms", AWAY).disable_key(KeyId=key)
    assert f"customer key {AWAY}" in check()[1]


def test_check_of_a_missing_table_says_so(reader: Reader) -> None:
    """In one line, without a trace."""
    ended = subprocess.run(
        [str(executable()), "check", "nothing"],
        env=reader.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert 1 == ended.returncode
    assert "nothing in us-east-1" in ended.stderr
    assert 1 == ended.stderr.count("\n")
