"""Stack policies by text and by URL, for always and for one update; and what else requests say beside the template."""

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.support.stacks import Stacks, stacks, table
from tests.support.target import Target

_ALLOWED, _DENIED = (
    json.dumps(
        {"Statement": [{"Effect": effect, "Action": "Update:*", "Principal": "*", "Resource": "*"}]}
    )
    for effect in ("Allow", "Deny")
)


@pytest.fixture
def made(target: Target, worker_id: str, request: pytest.FixtureRequest) -> Iterator[Stacks]:
    """Stacks of the test."""
    name = f"sp-{worker_id}-{abs(hash(request.node.name)) % 10**8}"
    with stacks(target.other("cloudformation"), name) as found:
        yield found


@pytest.fixture
def urls(target: Target, worker_id: str) -> Iterator[tuple[str, str]]:
    """URLs of a policy that allows and of one that denies, in a bucket."""
    s3, bucket = target.other("s3"), f"policies-{worker_id}"
    s3.create_bucket(Bucket=bucket)
    for name, text in (("allowed", _ALLOWED), ("denied", _DENIED)):
        s3.put_object(Bucket=bucket, Key=name, Body=text.encode())
    base = f"https://{bucket}.s3.amazonaws.com"
    yield f"{base}/allowed", f"{base}/denied"
    for name in ("allowed", "denied"):
        s3.delete_object(Bucket=bucket, Key=name)
    s3.delete_bucket(Bucket=bucket)


def test_stack_policies_come_by_url_from_buckets(made: Stacks, urls: tuple[str, str]) -> None:
    """Of a new stack, of an update and for an update only."""
    allowed, denied = urls
    first, second = ({"T": table(Tags=[{"Key": "a", "Value": value}])} for value in ("one", "two"))
    stack = made.create({"T": table()}, StackPolicyURL=denied)
    name = stack["StackName"]
    policies = made.client.get_stack_policy

    assert _DENIED == policies(StackName=name)["StackPolicyBody"]
    assert "UPDATE_ROLLBACK_COMPLETE" == made.update(stack, first)["StackStatus"]
    during = made.update(stack, first, StackPolicyDuringUpdateURL=allowed)
    assert "UPDATE_COMPLETE" == during["StackStatus"]
    assert "UPDATE_ROLLBACK_COMPLETE" == made.update(stack, second)["StackStatus"]
    during = made.update(stack, second, StackPolicyDuringUpdateBody=_ALLOWED)
    assert "UPDATE_COMPLETE" == during["StackStatus"]
    assert _DENIED == policies(StackName=name)["StackPolicyBody"]
    made.client.set_stack_policy(StackName=name, StackPolicyURL=allowed)
    assert _ALLOWED == policies(StackName=name)["StackPolicyBody"]
    made.client.update_stack(StackName=name, UsePreviousTemplate=True, StackPolicyURL=denied)
    assert _DENIED == policies(StackName=name)["StackPolicyBody"]


def test_change_set_of_the_same_token_is_the_same(made: Stacks) -> None:
    """A client that lost the answer asks again; with another token the name is taken."""
    stack = made.create({"T": table()})
    request = {
        "StackName": stack["StackName"],
        "ChangeSetName": "again",
        "TemplateBody": json.dumps({"Resources": {"T": table(), "U": table()}}),
    }

    first = made.client.create_change_set(**request, ClientToken="one")

    assert first["Id"] == made.client.create_change_set(**request, ClientToken="one")["Id"]
    with pytest.raises(ClientError, match="AlreadyExistsException"):
        made.client.create_change_set(**request, ClientToken="two")


def test_unknown_types_are_warned_of_when_asked_for(made: Stacks) -> None:
    """Without that, a template that has them is no template."""
    template = json.dumps({"Resources": {"A": {"Type": "AWS::No::Such"}, "T": table()}})
    summary = made.client.get_template_summary

    warned = summary(
        TemplateBody=template,
        TemplateSummaryConfig={"TreatUnrecognizedResourceTypesAsWarnings": True},
    )

    assert ["AWS::No::Such"] == warned["Warnings"]["UnrecognizedResourceTypes"]
    with pytest.raises(ClientError, match="Unrecognized resource types"):
        summary(TemplateBody=template)


def test_import_of_whatever_exists_makes_what_does_not(made: Stacks) -> None:
    """As `cdk bootstrap` asks for; to revert drift is refused by name."""
    template = json.dumps({"Resources": {"T": table()}})
    request = {"StackName": f"{made.prefix}-x", "ChangeSetName": "c", "TemplateBody": template}

    with pytest.raises(ClientError, match="DeploymentMode is not supported"):
        made.client.create_change_set(**request, DeploymentMode="REVERT_DRIFT")
    request |= {"ChangeSetType": "CREATE"}
    assert made.client.create_change_set(**request, ImportExistingResources=True)["Id"]
    made.client.delete_stack(StackName=request["StackName"])
