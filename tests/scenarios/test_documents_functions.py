"""The documents' commands about functions, by the AWS CLI: invocations in two regions, mappings, the nightly backup."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.documents import Reader, SnippetError, snippet
from tests.support.functions import ROLE, archive, service_client
from tests.support.replicas import create_equal_tables
from tests.support.target import Target
from tests.support.waiting import eventually

HOME, EUROPE = "us-east-1", "eu-west-1"
#: What the document's templates deploy, in short.
_PROCESSOR = """
import boto3, os
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
def lambda_handler(event, context):
    if event["operation"] == "put":
        table.put_item(Item={"UserId": event["userId"], "Name": event["name"]})
        return {"statusCode": 200}
    return table.get_item(Key={"UserId": event["userId"]}).get("Item")
"""


def _make(endpoint: str, name: str, code: str, region: str = HOME, **variables: str) -> Any:
    client = service_client(endpoint, "lambda", region)
    client.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="lambda_function.lambda_handler",
        Role=ROLE,
        Timeout=30,
        Code={"ZipFile": archive({"lambda_function.py": code})},
        Environment={"Variables": variables},
    )
    return client


def test_invoke_commands_of_a_name_with_the_time_fail_as_on_aws(reader: Reader) -> None:
    """Document 000 invokes a name that is new every second: no function has it."""
    with pytest.raises(SnippetError) as failure:
        reader.shell(snippet("000/invoke_functions.sh"))
    assert "ResourceNotFoundException" in failure.value.output
    assert "Function not found: arn:aws:lambda:us-east-1:" in failure.value.output


def test_invoke_commands_write_in_one_region_and_read_in_the_other(
    reader: Reader, onlooker: Target
) -> None:
    """With the name that the deployment has made, the item of the first command is what the second answers."""
    name = "GlobalTableProcessor-1732200000"
    client = onlooker.client(HOME)
    create_equal_tables(
        onlooker,
        [HOME],
        TableName="GlobalUserProfiles",
        KeySchema=[{"AttributeName": "UserId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "UserId", "AttributeType": "S"}],
    )
    client.update_table(
        TableName="GlobalUserProfiles", ReplicaUpdates=[{"Create": {"RegionName": EUROPE}}]
    )

    def is_replicated() -> bool:
        table = client.describe_table(TableName="GlobalUserProfiles")["Table"]
        return ["ACTIVE"] == [one["ReplicaStatus"] for one in table.get("Replicas", [])]

    assert eventually(is_replicated)
    for region in (HOME, EUROPE):
        _make(reader.endpoint, name, _PROCESSOR, region, TABLE_NAME="GlobalUserProfiles")
    answer = reader.home / "response.json"
    text = snippet("000/invoke_functions.sh", **{"GlobalTableProcessor-$(date +%s)": name})
    commands = re.sub(r"\S+test-response\.json", str(answer), text)
    put, get = commands.split("# Verify replication in secondary region")
    assert [200] == [one["StatusCode"] for one in reader.aws(put)]
    assert {"statusCode": 200} == json.loads(answer.read_text())

    def is_read() -> bool:
        reader.aws(get)
        expected = {"UserId": "test-user", "Name": "Test User"}
        return bool(json.loads(answer.read_text()) == expected)

    assert eventually(is_read)


def test_list_mappings_command_shows_the_stream_of_the_table(
    reader: Reader, onlooker: Target
) -> None:
    """Document 001 looks at the mapping from the table's stream to its processor."""
    name = "myapp-prod-MainTable-stream-processor"
    create_equal_tables(
        onlooker,
        [HOME],
        TableName="myapp-prod-MainTable",
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
    )
    table = onlooker.client(HOME).describe_table(TableName="myapp-prod-MainTable")["Table"]
    code = "def lambda_handler(event, context):\n    pass\n"
    client = _make(reader.endpoint, name, code)
    client.create_event_source_mapping(
        FunctionName=name, EventSourceArn=table["LatestStreamArn"], StartingPosition="LATEST"
    )
    (listed,) = reader.aws(snippet("001/list_mappings.sh"))
    (mapping,) = listed["EventSourceMappings"]
    assert (table["LatestStreamArn"], "Enabled") == (mapping["EventSourceArn"], mapping["State"])


def test_backup_function_of_a_package_makes_a_backup(reader: Reader, onlooker: Target) -> None:
    """Document 003's handler, zipped and uploaded by the CLI, makes a backup of the table in its environment."""
    create_equal_tables(
        onlooker,
        [HOME],
        TableName="transactions-global-1",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    _write_package(reader.home / "function.zip", snippet("003/lambda_function.py"))
    answers = reader.aws(f"""
        aws lambda create-function --function-name dynamodb-backup-automation-1 --runtime python3.12 \
            --role {ROLE} --handler lambda_function.lambda_handler --zip-file fileb://function.zip \
            --timeout 30 --environment 'Variables={{TABLE_NAME=transactions-global-1}}'
        aws lambda wait function-active-v2 --function-name dynamodb-backup-automation-1
        aws lambda invoke --function-name dynamodb-backup-automation-1 answer.json
    """)
    assert "FunctionError" not in answers[-1]
    assert 200 == json.loads((reader.home / "answer.json").read_text())["statusCode"]
    backups = onlooker.client(HOME).list_backups(TableName="transactions-global-1")
    (backup,) = backups["BackupSummaries"]
    assert backup["BackupName"].startswith("transactions-global-1-daily-backup-")


def _write_package(target: Path, code: str) -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        package.writestr("lambda_function.py", code)
    target.write_bytes(written.getvalue())
