"""The multi-region application by CDK, in TypeScript and in Python: bootstrapped, deployed, used and destroyed.

npm and pip fetch some hundred megabytes, so that `make test-recipes` alone runs it.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.documents import Reader
from tests.support.sources import ROOT
from tests.support.target import Target
from tests.support.waiting import eventually

REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
ACCOUNT = "123456789012"
COMMAND_SECONDS_MAX = 400
pytestmark = [
    pytest.mark.slow,
    pytest.mark.needs_node,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(
        not os.environ.get("GLOBALTABLES_RECIPES"),
        reason="CDK is fetched by `make test-recipes` alone",
    ),
    pytest.mark.skipif(shutil.which("npm") is None, reason="there is no npm"),
]


@dataclass(frozen=True)
class Application:
    """An application of CDK in a folder.

    Attributes:
        reader: who has the endpoint and the keys.
        folder: with cdk.json.
        cdk: the command.
        path: what is on the PATH before everything else.
    """

    reader: Reader
    folder: Path
    cdk: Path
    path: Path

    def run(self, *arguments: str) -> str:
        """Run a command of CDK and return what it printed."""
        environment = self.reader.environment()
        environment |= {
            "CDK_DEFAULT_ACCOUNT": ACCOUNT,
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "PATH": f"{self.path}{os.pathsep}{environment['PATH']}",
        }
        ended = subprocess.run(
            [str(self.cdk), "--ci", "--no-color", "--no-notices", *arguments],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS_MAX,
        )
        assert 0 == ended.returncode, ended.stdout[-6000:]
        return ended.stdout


def _fetch(command: list[str], folder: Path) -> None:
    ended = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_SECONDS_MAX,
    )
    assert 0 == ended.returncode, ended.stderr[-3000:]


@pytest.fixture(params=["typescript", "python"])
def application(request: pytest.FixtureRequest, reader: Reader, tmp_path: Path) -> Application:
    """The recipe in a folder of its own, with everything that it needs."""
    recipe = tmp_path / "multi-region-app"
    shutil.copytree(
        ROOT / "recipes" / "multi-region-app",
        recipe,
        ignore=shutil.ignore_patterns("node_modules", "cdk.out", ".venv"),
    )
    typescript = recipe / "cdk-typescript"
    _fetch(["npm", "install", "--no-audit", "--no-fund"], typescript)
    cdk = typescript / "node_modules" / ".bin" / "cdk"
    if request.param == "typescript":
        _fetch([str(cdk.parent / "tsc"), "--noEmit"], typescript)
        return Application(reader, typescript, cdk, cdk.parent)
    python = recipe / "cdk-python"
    _fetch([sys.executable, "-m", "venv", ".venv"], python)
    pip = [".venv/bin/python", "-m", "pip", "install", "--quiet"]
    _fetch([*pip, "-r", "requirements.txt"], python)
    return Application(reader, python, cdk, python / ".venv" / "bin")


def test_application_is_bootstrapped_deployed_used_and_destroyed(
    application: Application, onlooker: Target
) -> None:
    """A second deployment changes nothing."""
    application.run("bootstrap", *(f"aws://{ACCOUNT}/{region}" for region in REGIONS))
    application.run("deploy", "--all", "--require-approval", "never")
    listed = application.run("ls", "--long")
    name = "GlobalTableProcessor-GlobalUserProfiles"
    put = _invoke(onlooker, "us-east-1", name, {"operation": "put", "userId": "u1"})
    got = eventually(
        lambda: _invoke(onlooker, "eu-west-1", name, {"operation": "get", "userId": "u1"}),
        seconds_max=20,
    )
    again = application.run("deploy", "--all", "--require-approval", "never")
    unchanged = application.run("diff", "--fail")
    application.run("destroy", "--all", "--force")

    assert all(f"region: {region}" in listed for region in REGIONS)
    assert put == got
    assert 4 == again.count("(no changes)")
    assert "There were no differences" in unchanged
    for region in REGIONS:
        assert [] == onlooker.client(region).list_tables()["TableNames"]
        assert [] == onlooker.other("lambda", region).list_functions()["Functions"]


def _invoke(onlooker: Target, region: str, name: str, event: dict[str, str]) -> dict[str, str]:
    answer = onlooker.other("lambda", region).invoke(FunctionName=name, Payload=json.dumps(event))
    item: dict[str, str] = json.loads(answer["Payload"].read())["item"]
    return item
