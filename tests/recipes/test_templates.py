"""The recipes of CloudFormation: each is deployed, used and destroyed, by its own scripts where it has them."""

import json
import os
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.documents import Reader
from tests.support.sources import ROOT
from tests.support.target import Target
from tests.support.waiting import eventually

RECIPES = ROOT / "recipes"
TEMPLATES = sorted(
    str(path.relative_to(RECIPES))
    for pattern in ("*.yaml", "*.yml")
    for path in RECIPES.rglob(pattern)
    if not {"node_modules", "cdk.out"} & set(path.parts)
)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
#: Minutes of scripts that wait, which the documents' scenarios show in part.
deploys = pytest.mark.skipif(
    not os.environ.get("GLOBALTABLES_RECIPES"), reason="`make test-recipes` deploys the recipes"
)


def _copy(recipe: str, tmp_path: Path) -> Path:
    folder = tmp_path / recipe
    shutil.copytree(RECIPES / recipe, folder)
    return folder


def _invoke(onlooker: Target, region: str, name: str, event: dict[str, Any]) -> Any:
    answer = onlooker.other("lambda", region).invoke(FunctionName=name, Payload=json.dumps(event))
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.loads(answer["Payload"].read())


def _left(onlooker: Target, *regions: str) -> dict[str, Any]:
    """Return the tables, functions, alarms, roles and stacks that are there."""
    found: dict[str, Any] = {}
    for region in regions:
        found[f"tables {region}"] = onlooker.client(region).list_tables()["TableNames"]
        found[f"functions {region}"] = onlooker.other("lambda", region).list_functions()[
            "Functions"
        ]
        found[f"alarms {region}"] = onlooker.other("cloudwatch", region).describe_alarms()[
            "MetricAlarms"
        ]
        found[f"groups {region}"] = onlooker.other("logs", region).describe_log_groups()[
            "logGroups"
        ]
        found[f"stacks {region}"] = onlooker.other("cloudformation", region).describe_stacks()[
            "Stacks"
        ]
    found["roles"] = onlooker.other("iam").list_roles()["Roles"]
    return {place: what for place, what in found.items() if what}


def test_templates_are_clean() -> None:
    """To cfn-lint, errors and warnings; what `package` replaces is a warning that has to be."""
    ended = subprocess.run(
        ["cfn-lint", "--regions", "us-east-1", "--ignore-checks", "W3002", "--", *TEMPLATES],
        cwd=RECIPES,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        },
    )

    assert 6 <= len(TEMPLATES)
    assert (0, "") == (ended.returncode, ended.stdout)


@deploys
def test_multi_region_app_is_deployed_used_and_destroyed_by_its_scripts(
    reader: Reader, onlooker: Target, tmp_path: Path
) -> None:
    """A second run changes nothing; a put in one region is found in another; nothing is left."""
    folder = _copy("multi-region-app", tmp_path)
    regions = ("us-east-1", "eu-west-1", "ap-northeast-1")
    name = "GlobalTableProcessor"

    reader.shell(f"{folder}/scripts/deploy.sh --yes")
    put = _invoke(
        onlooker,
        "us-east-1",
        name,
        {"operation": "put", "userId": "u1", "name": "Test User", "email": "test@example.com"},
    )
    found = eventually(
        lambda: _invoke(onlooker, "eu-west-1", name, {"operation": "get", "userId": "u1"})["item"],
        seconds_max=20,
    )
    by_email = _invoke(
        onlooker, "ap-northeast-1", name, {"operation": "find", "email": "test@example.com"}
    )
    again = reader.shell(f"{folder}/scripts/deploy.sh --yes 2>&1")
    removed = reader.shell(f"{folder}/scripts/destroy.sh --yes")

    assert put["item"] == found
    assert [found] == by_email["items"]
    assert 3 == again.count("No changes to deploy")
    assert "nothing is left" in removed
    assert {} == _left(onlooker, *regions)


@deploys
def test_interrupted_deployment_removes_what_it_began(
    reader: Reader, onlooker: Target, tmp_path: Path
) -> None:
    """Control-C in the middle of the first stack."""
    folder = _copy("multi-region-app", tmp_path)
    stacks = onlooker.other("cloudformation")
    deploying = subprocess.Popen(
        ["bash", str(folder / "scripts" / "deploy.sh"), "--yes"],
        env=reader.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert eventually(lambda: stacks.describe_stacks()["Stacks"], seconds_max=30)
    os.killpg(deploying.pid, signal.SIGINT)
    printed, _ = deploying.communicate(timeout=180)

    assert 0 != deploying.returncode
    assert "removing what this run began" in printed
    assert {} == _left(onlooker, "us-east-1", "eu-west-1", "ap-northeast-1")


def _settled(stacks: Any, name: str, wanted: str) -> bool:
    """Tell whether a stack has a status; ends the wait when it failed."""
    try:
        stack = stacks.describe_stacks(StackName=name)["Stacks"][0]
    except stacks.exceptions.ClientError:
        return wanted == "gone"
    assert not stack["StackStatus"].startswith("ROLLBACK") or wanted.startswith("ROLLBACK"), [
        event.get("ResourceStatusReason")
        for event in stacks.describe_stack_events(StackName=name)["StackEvents"]
        if "FAILED" in event["ResourceStatus"]
    ]
    return bool(stack["StackStatus"] == wanted)


@deploys
def test_single_table_is_deployed_used_replicated_and_destroyed(onlooker: Target) -> None:
    """The stream's function logs each change; replicas are sealed with keys of their own."""
    stacks, home = onlooker.other("cloudformation"), onlooker.client()
    template = (RECIPES / "single-table/cloudformation/dynamodb-global.yaml").read_text(
        encoding="utf-8"
    )
    parameters = {"ProjectName": "myapp", "Environment": "prod", "DeletionProtection": "false"}
    stacks.create_stack(
        StackName="myapp-prod-dynamodb",
        TemplateBody=template,
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
    )
    created = partial(_settled, stacks, "myapp-prod-dynamodb", "CREATE_COMPLETE")
    assert eventually(created, seconds_max=60)
    name = "myapp-prod-MainTable"
    key = onlooker.other("kms", "us-west-2").create_key()["KeyMetadata"]["Arn"]

    home.update_table(
        TableName=name,
        ReplicaUpdates=[{"Create": {"RegionName": "us-west-2", "KMSMasterKeyId": key}}],
    )
    home.put_item(TableName=name, Item={"PK": {"S": "USER#1"}, "SK": {"S": "PROFILE"}})
    there = onlooker.client("us-west-2")
    assert eventually(partial(_has_item, there, name), seconds_max=30)
    logs = onlooker.other("logs")
    group = f"/aws/lambda/{name}-stream-processor"
    messages = eventually(
        lambda: [
            event["message"]
            for event in logs.filter_log_events(logGroupName=group, filterPattern="INSERT")[
                "events"
            ]
        ],
        seconds_max=30,
    )
    assert {"event": "INSERT", "entity": "USER"}.items() <= json.loads(messages[0]).items()

    home.update_table(TableName=name, ReplicaUpdates=[{"Delete": {"RegionName": "us-west-2"}}])
    assert eventually(
        lambda: not home.describe_table(TableName=name)["Table"].get("Replicas"), seconds_max=30
    )
    stacks.delete_stack(StackName="myapp-prod-dynamodb")
    assert eventually(partial(_settled, stacks, "myapp-prod-dynamodb", "gone"), seconds_max=60)
    assert {} == _left(onlooker, "us-east-1", "us-west-2")


def _has_item(client: Any, name: str) -> bool:
    try:
        key = {"PK": {"S": "USER#1"}, "SK": {"S": "PROFILE"}}
        return "Item" in client.get_item(TableName=name, Key=key)
    except client.exceptions.ResourceNotFoundException:
        return False


@deploys
def test_custom_resource_makes_and_dissolves_a_global_table(
    reader: Reader, onlooker: Target, tmp_path: Path
) -> None:
    """Document 002, from its first command to its last, unmodified."""
    folder = _copy("custom-resource", tmp_path)
    replica, packaged = "DynamoDBReplicaTable.yml", "DynamoDBGlobalTable-packaged.yml"
    name = "--stack-name DynamoDBGlobalTableTest"
    reader.shell(
        f"cd {folder}\naws s3 mb s3://dynamodb-global-test\n"
        f"aws --region us-west-2 cloudformation deploy --template-file {replica} {name}\n"
        "aws --region us-east-1 cloudformation package --template-file DynamoDBGlobalTable.yml"
        f" --s3-bucket dynamodb-global-test --output-template-file {packaged}\n"
        f"aws --region us-east-1 cloudformation deploy --template-file {packaged} {name}"
        " --capabilities CAPABILITY_NAMED_IAM"
    )
    group = onlooker.client().describe_global_table(GlobalTableName="TestTable")[
        "GlobalTableDescription"
    ]
    onlooker.client().put_item(TableName="TestTable", Item={"ExKey": {"S": "us-east-1 test"}})
    west = onlooker.client("us-west-2")
    assert eventually(lambda: west.scan(TableName="TestTable")["Count"] == 1, seconds_max=20)

    reader.shell(
        f"aws cloudformation delete-stack {name} --region us-west-2\n"
        f"aws cloudformation delete-stack {name} --region us-east-1"
    )
    stacks = onlooker.other("cloudformation")
    assert eventually(partial(_settled, stacks, "DynamoDBGlobalTableTest", "gone"), seconds_max=60)
    reader.shell(
        "aws dynamodb delete-table --table-name TestTable --region us-west-2\n"
        "aws dynamodb delete-table --table-name TestTable --region us-east-1"
    )

    regions = sorted(replica["RegionName"] for replica in group["ReplicationGroup"])
    assert ["us-east-1", "us-west-2"] == regions
    assert [] == onlooker.client().list_tables()["TableNames"]


@deploys
def test_enterprise_table_passes_the_check_after_two_nights(
    reader: Reader, onlooker: Target, tmp_path: Path
) -> None:
    """Backups are made on an advanced clock and the old ones deleted; what the check misses is said."""
    folder = _copy("enterprise", tmp_path)
    deploy = f"DELETION_PROTECTION=false {folder}/scripts/deploy.sh s1"
    reader.shell(deploy)
    home = onlooker.client()
    table = "transactions-global-s1"

    def backups() -> list[str]:
        summaries = home.list_backups(TableName=table)["BackupSummaries"]
        return sorted(one["BackupName"] for one in summaries)

    reader.shell("globaltables clock advance 24h")
    assert eventually(lambda: len(backups()) == 1, seconds_max=30)
    first = backups()[0]
    reader.shell("globaltables clock advance 24h")
    assert eventually(lambda: len(backups()) == 2, seconds_max=30)
    _invoke(onlooker, "us-east-1", "dynamodb-export-automation-s1", {})
    assert eventually(partial(_exported, home), seconds_max=30)
    checked = reader.shell(f"globaltables check {table} --region us-east-1 --json")
    reader.shell("globaltables clock advance 7d")
    assert eventually(lambda: first not in backups(), seconds_max=60)
    reader.shell(f"{folder}/scripts/destroy.sh s1")

    assert 0 == json.loads(checked)["Findings"]
    assert [] == home.list_tables()["TableNames"]


def _exported(client: Any) -> bool:
    exports = client.list_exports()["ExportSummaries"]
    return any(export["ExportStatus"] == "COMPLETED" for export in exports)


def test_template_with_an_error_half_way_leaves_nothing_behind(onlooker: Target) -> None:
    """The table was made and goes again."""
    stacks = onlooker.other("cloudformation")
    table = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": "half-way",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        },
    }
    function = {
        "Type": "AWS::Lambda::Function",
        "DependsOn": "Table",
        "Properties": {
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Role": "arn:aws:iam::123456789012:role/there-is-none",
            "Code": {"S3Bucket": "there-is-none", "S3Key": "nothing"},
        },
    }
    stacks.create_stack(
        StackName="half-way",
        TemplateBody=json.dumps({"Resources": {"Table": table, "Function": function}}),
    )

    assert eventually(partial(_settled, stacks, "half-way", "ROLLBACK_COMPLETE"), seconds_max=60)
    assert [] == onlooker.client().list_tables()["TableNames"]
    stacks.delete_stack(StackName="half-way")
    assert eventually(partial(_settled, stacks, "half-way", "gone"), seconds_max=30)
