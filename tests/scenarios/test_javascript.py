"""Document 001's Node.js snippet with version 2 of the SDK, unmodified, and its equal in version 3."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.documents import Reader
from tests.support.replicas import create_equal_tables
from tests.support.sources import DOCUMENTS, ROOT
from tests.support.target import Target
from tests.support.waiting import eventually

JAVASCRIPT = ROOT / "tests" / "scenarios" / "javascript"
TABLE = "myapp-prod-MainTable"
PROFILE = {"PK": "USER#12345", "SK": "PROFILE", "name": "John Doe", "email": "john@example.com"}

pytestmark = [
    pytest.mark.needs_node,
    pytest.mark.slow,
    pytest.mark.timeout(240),
]


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the SDKs of package-lock.json, or a skip that says what is absent."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    folder = tmp_path_factory.mktemp("javascript")
    shutil.copytree(JAVASCRIPT, folder, dirs_exist_ok=True)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1"]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=150, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip("npm could not install the SDKs within 150 s")
    if done.returncode:
        pytest.skip(f"npm could not install the SDKs: {done.stderr.strip()[-300:]}")
    return folder


@pytest.fixture
def main_table(onlooker: Target) -> Target:
    """The snippet's table, with a replica."""
    create_equal_tables(
        onlooker,
        ["us-east-1"],
        TableName=TABLE,
        KeySchema=[
            {"AttributeName": "PK", "KeyType": "HASH"},
            {"AttributeName": "SK", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "PK", "AttributeType": "S"},
            {"AttributeName": "SK", "AttributeType": "S"},
        ],
    )
    onlooker.client().update_table(
        TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}]
    )
    return onlooker


def _in_replica(onlooker: Target) -> list[object]:
    found: list[object] = eventually(
        lambda: list(onlooker.resource("eu-west-1").Table(TABLE).scan()["Items"])
    )
    return found


def test_document_client_v2_snippet_puts_and_queries(
    reader: Reader, main_table: Target, packages: Path
) -> None:
    """The snippet's query returns what it put, and so does the replica."""
    application = str(DOCUMENTS / "001" / "application.js")

    found = reader.node(
        packages, "--require", "./endpoint_v2.js", "run.js", application, "result.Items"
    )

    assert [PROFILE] == found
    assert [PROFILE] == _in_replica(main_table)


def test_document_client_v3_puts_and_queries(
    reader: Reader, main_table: Target, packages: Path
) -> None:
    """Version 3 reads AWS_ENDPOINT_URL and needs no configuration."""
    found = reader.node(packages, "run.js", "application_v3.js", "result.Items")

    assert [PROFILE] == found
    assert [PROFILE] == _in_replica(main_table)
