"""Terraform with AWS's provider: what the recipes configure is made, found again, changed, taken over and removed."""

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support import terraform
from tests.support.documents import Reader
from tests.support.sources import ROOT
from tests.support.target import Target
from tests.support.terraform import Terraform
from tests.support.waiting import eventually

RECIPES = ROOT / "recipes"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(terraform.missing()), reason=terraform.missing() or "-"),
]


def _copy(recipe: str, tmp_path: Path) -> Path:
    folder = tmp_path / "configuration"
    shutil.copytree(
        RECIPES / recipe, folder, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*")
    )
    return folder


def _everything(onlooker: Target) -> dict[str, Any]:
    """Return what is left in the regions that the guide uses."""
    left: dict[str, Any] = {}
    for region in ("us-east-1", "us-west-2", "eu-west-1"):
        left[f"{region} tables"] = onlooker.client(region).list_tables()["TableNames"]
        left[f"{region} functions"] = onlooker.other("lambda", region).list_functions()["Functions"]
        alarms = onlooker.other("cloudwatch", region).describe_alarms()
        left[f"{region} alarms"] = alarms["MetricAlarms"]
        left[f"{region} groups"] = [
            group["logGroupName"]
            for group in onlooker.other("logs", region).describe_log_groups()["logGroups"]
            if not group["logGroupName"].startswith("/aws/lambda/")
        ]
    iam = onlooker.other("iam")
    left["roles"] = [
        role["RoleName"] for role in iam.list_roles(PathPrefix="/")["Roles"] if role["Path"] == "/"
    ]
    left["policies"] = iam.list_policies(Scope="Local")["Policies"]
    return left


def _arrived(client: Any) -> bool:
    return "Item" in client.get_item(TableName="replicated-table", Key={"id": {"S": "here"}})


def test_guide_is_applied_found_unchanged_changed_and_destroyed(
    reader: Reader, onlooker: Target, tmp_path: Path
) -> None:
    """Every example of document 004, corrected where the provider refuses it."""
    folder = _copy("terraform-guide", tmp_path)
    reader.shell(f"sh {folder}/package.sh")
    guide = Terraform(reader, folder)
    guide.init()

    guide.apply()
    assert [] == guide.changes()
    client = onlooker.client("us-east-1")
    client.put_item(TableName="replicated-table", Item={"id": {"S": "here"}})
    for region in ("us-west-2", "eu-west-1"):
        assert eventually(partial(_arrived, onlooker.client(region)), seconds_max=20)

    changed = guide.apply(
        "-var", 'replica_regions=["us-west-2"]', "-var", 'common_tags={Environment="test"}'
    )
    assert "0 to add, 2 to change, 0 to destroy" in changed
    replicas = client.describe_table(TableName="replicated-table")["Table"]["Replicas"]
    assert ["us-west-2"] == [replica["RegionName"] for replica in replicas]

    guide.run("state", "rm", "aws_dynamodb_table.main")
    guide.run("import", "-input=false", "aws_dynamodb_table.main", "main-table")
    assert ["update aws_dynamodb_table.replicated"] == [
        line for line in guide.changes() if "replicated" in line
    ]

    guide.destroy()
    assert {} == {place: found for place, found in _everything(onlooker).items() if found}


LOCKED = """
terraform {
  backend "s3" {
    bucket         = "terraform-state"
    key            = "guide/terraform.tfstate"
    region         = "us-east-1"
    dynamodb_table = "terraform-locks"
    use_path_style = true
    skip_credentials_validation = true
    skip_metadata_api_check     = true
  }
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.0" }
  }
}

provider "aws" {
  region = "us-east-1"
}

resource "aws_dynamodb_table" "one" {
  name         = "locked-table"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  # Long enough for somebody else to try.
  provisioner "local-exec" {
    command = "sleep 8"
  }
}
"""


def test_second_apply_is_refused_while_the_state_is_locked(
    reader: Reader, onlooker: Target, tmp_path: Path
) -> None:
    """The state is in a bucket, its lock in a table: both are ours."""
    onlooker.other("s3").create_bucket(Bucket="terraform-state")
    onlooker.client().create_table(
        TableName="terraform-locks",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
    )
    people = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "main.tf").write_text(LOCKED, encoding="utf-8")
        people.append(Terraform(reader, folder))
        people[-1].init()
    first, second = people

    applying = first.start("apply", "-auto-approve", "-input=false")
    assert eventually(
        lambda: "locked-table" in onlooker.client().list_tables()["TableNames"], seconds_max=30
    )
    refused = second.run("apply", "-auto-approve", "-input=false", expected=(1,))
    ended = first.finish(applying)

    assert "Error acquiring the state lock" in refused
    assert 0 == ended[0], ended[1]
    assert [] == second.changes()
    second.destroy()
    assert ["terraform-locks"] == onlooker.client().list_tables()["TableNames"]
