"""The multi-region application by Terraform: three regions, a function in each."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support import terraform
from tests.support.documents import Reader
from tests.support.sources import ROOT
from tests.support.target import Target
from tests.support.terraform import Terraform
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(
        not os.environ.get("GLOBALTABLES_RECIPES"), reason="`make test-recipes` deploys the recipes"
    ),
    pytest.mark.skipif(bool(terraform.missing()), reason=terraform.missing() or "-"),
]


def _invoke(onlooker: Target, region: str, functions: dict[str, str], event: dict[str, str]) -> Any:
    client = onlooker.other("lambda", region)
    answer = client.invoke(FunctionName=functions[region], Payload=json.dumps(event))
    return json.loads(answer["Payload"].read())["item"]


def test_application_is_applied_used_and_destroyed(
    reader: Reader, onlooker: Target, tmp_path: Path
) -> None:
    """What the function puts in one region, that of another one gets; a second plan is empty."""
    folder = tmp_path / "multi-region-app"
    shutil.copytree(ROOT / "recipes" / "multi-region-app", folder)
    reader.shell(f"sh {folder}/scripts/package.sh")
    application = Terraform(reader, folder / "terraform")
    application.init()

    application.apply()
    functions = application.outputs()["functions"]
    put = _invoke(
        onlooker, "us-east-1", functions, {"operation": "put", "userId": "u1", "name": "Test User"}
    )
    got = eventually(
        lambda: _invoke(
            onlooker, "ap-northeast-1", functions, {"operation": "get", "userId": "u1"}
        ),
        seconds_max=20,
    )
    assert put == got
    assert [] == application.changes()

    application.destroy()
    assert [] == onlooker.client().list_tables()["TableNames"]
    assert [] == onlooker.other("lambda", "eu-west-1").list_functions()["Functions"]
