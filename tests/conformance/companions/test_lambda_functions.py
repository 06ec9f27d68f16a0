"""Functions of Lambda as they are kept, with boto3: configurations, versions, aliases, layers, permissions, tags."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.functions import (
    ACCOUNT,
    ECHO,
    REGION,
    ROLE,
    Functions,
    archive,
    service_client,
)
from tests.support.server import Server

_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"


@pytest.fixture
def functions(server: Server) -> Iterator[Functions]:
    """Functions of the run's server."""
    made = Functions(server.endpoint)
    yield made
    made.delete_all()


def _refused(call: Callable[..., Any], **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        call(**members)
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"]


def test_create_function_of_an_archive_is_active_when_asked_again(functions: Functions) -> None:
    """The answer says Pending, as AWS's does; the configuration that follows is complete."""
    made = functions.client.create_function(
        FunctionName="made",
        Runtime="python3.12",
        Handler="index.handler",
        Role=ROLE,
        Code={"ZipFile": archive({"index.py": ECHO})},
        Environment={"Variables": {"TABLE": "orders"}},
        Tags={"team": "a"},
    )
    functions._made.append("made")
    assert ("Pending", "Creating") == (made["State"], made["StateReasonCode"])
    functions.client.get_waiter("function_active_v2").wait(FunctionName="made")
    told = functions.client.get_function(FunctionName="made")
    assert {"team": "a"} == told["Tags"]
    configuration = told["Configuration"]
    assert "+0000" == configuration.pop("LastModified")[-5:]
    for member in ("RevisionId", "CodeSha256", "RuntimeVersionConfig"):
        assert configuration.pop(member)
    expected = {
        "FunctionName": "made",
        "FunctionArn": f"{_ARN}:made",
        "Runtime": "python3.12",
        "Role": ROLE,
        "Handler": "index.handler",
        "CodeSize": len(archive({"index.py": ECHO})),
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "Version": "$LATEST",
        "Environment": {"Variables": {"TABLE": "orders"}},
        "TracingConfig": {"Mode": "PassThrough"},
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/made"},
    }
    assert expected == configuration


def test_code_of_an_object_in_s3_runs(functions: Functions, server: Server) -> None:
    """A package is taken from a bucket when the function is made, and when its code is changed."""
    s3 = service_client(server.endpoint, "s3")
    s3.create_bucket(Bucket="packages-of-functions")
    for number in (1, 2):
        code = f"def handler(event, context):\n    return {number}\n"
        s3.put_object(
            Bucket="packages-of-functions",
            Key=f"code/{number}.zip",
            Body=archive({"index.py": code}),
        )
    place = {"S3Bucket": "packages-of-functions", "S3Key": "code/1.zip"}
    functions.make("from-s3", Code=place)
    assert 1 == functions.run("from-s3").payload
    functions.client.update_function_code(
        FunctionName="from-s3", S3Bucket="packages-of-functions", S3Key="code/2.zip"
    )
    assert 2 == functions.run("from-s3").payload


def test_create_function_of_a_name_in_use_is_refused(functions: Functions) -> None:
    """A function is not replaced by another one of its name."""
    functions.make("twice")
    with pytest.raises(ClientError) as refusal:
        functions.make("twice")
    assert "ResourceConflictException" == refusal.value.response["Error"]["Code"]
    assert "Function already exist: twice" == refusal.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("members", "code", "text"),
    [
        ({"Runtime": "python3.7"}, "InvalidParameterValueException", "is no longer supported"),
        ({"Runtime": "java21"}, "InvalidParameterValueException", "The runtime java21 is not"),
        ({"Timeout": 901}, "ValidationException", "less than or equal to 900"),
        ({"MemorySize": 20_000}, "ValidationException", "less than or equal to 10240"),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"]}}, "InvalidParameterValueException", "VpcConfig"),
        (
            {"TracingConfig": {"Mode": "Active"}},
            "InvalidParameterValueException",
            "TracingConfig with the mode Active",
        ),
        (
            {"Environment": {"Variables": {"AWS_REGION": "x", "ABC": "y"}}},
            "InvalidParameterValueException",
            "Reserved keys used in this request: AWS_REGION",
        ),
        (
            {"Environment": {"Variables": {"ABC": "x" * 4096}}},
            "InvalidParameterValueException",
            "exceeded the 4KB limit",
        ),
        (
            {"Layers": [f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:none:1"]},
            "InvalidParameterValueException",
            "Layer version",
        ),
        ({"Code": {"ZipFile": b"x"}}, "InvalidParameterValueException", "Could not unzip"),
        ({"Code": {"ZipFile": archive({})}}, "InvalidParameterValueException", "non-empty zip"),
        (
            {"Code": {"ImageUri": "x"}},
            "InvalidParameterValueException",
            "ImageUri is not supported",
        ),
        (
            {"Code": {"S3Bucket": "no-such-bucket", "S3Key": "x"}},
            "InvalidParameterValueException",
            "Error occurred while GetObject. S3 Error Code: NoSuchBucket.",
        ),
    ],
)
def test_create_function_of_what_cannot_be_is_refused(
    functions: Functions, members: dict[str, Any], code: str, text: str
) -> None:
    """What AWS refuses is refused in its words, what globaltables has not by its name."""
    with pytest.raises(ClientError) as refusal:
        functions.make("refused", **members)
    error = refusal.value.response["Error"]
    assert code == error["Code"]
    assert text in error["Message"]


def test_get_function_of_no_function_is_refused(functions: Functions) -> None:
    """The refusal has the ARN, and the qualifier."""
    assert ("ResourceNotFoundException", f"Function not found: {_ARN}:none:7") == _refused(
        functions.client.get_function, FunctionName="none", Qualifier="7"
    )


def test_update_function_code_with_a_stale_revision_is_refused(functions: Functions) -> None:
    """Who has not seen the last change does not make the next one."""
    functions.make("revised")
    client = functions.client
    before = client.get_function_configuration(FunctionName="revised")
    code = archive({"index.py": "x = 1\n"})
    checked = client.update_function_code(FunctionName="revised", ZipFile=code, DryRun=True)
    assert before["CodeSha256"] != checked["CodeSha256"]
    assert before == _kept(client, before)
    after = client.update_function_code(
        FunctionName="revised", ZipFile=code, RevisionId=before["RevisionId"]
    )
    assert ("InProgress", checked["CodeSha256"]) == (
        after["LastUpdateStatus"],
        after["CodeSha256"],
    )
    client.get_waiter("function_updated_v2").wait(FunctionName="revised")
    code_text = _refused(
        client.update_function_code,
        FunctionName="revised",
        ZipFile=code,
        RevisionId=before["RevisionId"],
    )
    assert "PreconditionFailedException" == code_text[0]
    assert code_text[1].startswith("The Revision Id provided does not match")


def _kept(client: Any, before: dict[str, Any]) -> dict[str, Any]:
    now: dict[str, Any] = client.get_function_configuration(FunctionName="revised")
    return {**now, "ResponseMetadata": before["ResponseMetadata"]}


def test_update_function_configuration_changes_what_is_named(functions: Functions) -> None:
    """What a request does not name stays as it was."""
    functions.make("changed", Environment={"Variables": {"ABC": "x"}}, Description="old")
    functions.client.update_function_configuration(
        FunctionName="changed", Description="new", MemorySize=256
    )
    told = functions.client.get_function_configuration(FunctionName="changed")
    expected = ("new", 256, 10, {"Variables": {"ABC": "x"}})
    shown = (told["Description"], told["MemorySize"], told["Timeout"], told["Environment"])
    assert expected == shown


def test_list_functions_in_pages_has_every_function_once(functions: Functions) -> None:
    """Pages follow each other by the marker."""
    names = [f"paged-{number}" for number in range(5)]
    for name in names:
        functions.make(name)
    pages = functions.client.get_paginator("list_functions").paginate(
        PaginationConfig={"PageSize": 2}
    )
    found = [one["FunctionName"] for shown in pages for one in shown["Functions"]]
    assert names == [name for name in found if name.startswith("paged-")]


def test_publish_version_without_a_change_is_the_version_before(functions: Functions) -> None:
    """A version is what $LATEST was; publishing it again makes no other one."""
    functions.make("published")
    client = functions.client
    first = client.publish_version(FunctionName="published", Description="one")
    again = client.publish_version(FunctionName="published")
    client.update_function_configuration(FunctionName="published", Timeout=5)
    second = client.publish_version(FunctionName="published")
    assert ("1", "1", "2") == (first["Version"], again["Version"], second["Version"])
    assert f"{_ARN}:published:1" == first["FunctionArn"]
    listed = client.list_versions_by_function(FunctionName="published")["Versions"]
    expected = [("$LATEST", 5), ("1", 10), ("2", 5)]
    assert expected == [(one["Version"], one["Timeout"]) for one in listed]
    elsewhere = {"FunctionName": "published", "PublishTo": "LATEST_PUBLISHED"}
    assert "NotImplemented" == _refused(client.publish_version, **elsewhere)[0]


def test_alias_leads_to_a_version_until_it_is_changed(functions: Functions) -> None:
    """An alias is made, changed, listed and deleted; its version stays as long as it is there."""
    functions.make("aliased")
    client = functions.client
    client.publish_version(FunctionName="aliased")
    made = client.create_alias(FunctionName="aliased", Name="live", FunctionVersion="1")
    assert f"{_ARN}:aliased:live" == made["AliasArn"]
    told = client.get_function_configuration(FunctionName="aliased", Qualifier="live")
    assert ("1", f"{_ARN}:aliased:live") == (told["Version"], told["FunctionArn"])
    assert (
        "ResourceConflictException"
        == _refused(client.delete_function, FunctionName="aliased", Qualifier="1")[0]
    )
    client.update_function_configuration(FunctionName="aliased", Timeout=4)
    client.publish_version(FunctionName="aliased")
    client.update_alias(
        FunctionName="aliased",
        Name="live",
        FunctionVersion="2",
        RoutingConfig={"AdditionalVersionWeights": {"1": 0.25}},
    )
    listed = client.list_aliases(FunctionName="aliased", FunctionVersion="1")["Aliases"]
    assert [{"AdditionalVersionWeights": {"1": 0.25}}] == [one["RoutingConfig"] for one in listed]
    client.delete_alias(FunctionName="aliased", Name="live")
    assert (
        "ResourceNotFoundException",
        f"Cannot find alias arn: {_ARN}:aliased:live",
    ) == _refused(client.get_alias, FunctionName="aliased", Name="live")


def test_create_alias_of_no_version_is_refused(functions: Functions) -> None:
    """An alias leads somewhere."""
    functions.make("nowhere")
    assert ("ResourceNotFoundException", f"Function not found: {_ARN}:nowhere:3") == _refused(
        functions.client.create_alias, FunctionName="nowhere", Name="live", FunctionVersion="3"
    )


def test_delete_function_takes_everything_of_it(functions: Functions) -> None:
    """A function of the same name begins anew."""
    functions.make("deleted")
    client = functions.client
    client.publish_version(FunctionName="deleted")
    client.delete_function(FunctionName="deleted")
    assert "ResourceNotFoundException" == _refused(client.get_function, FunctionName="deleted")[0]
    functions.make("deleted")
    assert "1" == client.publish_version(FunctionName="deleted")["Version"]


def test_reserved_concurrency_leaves_a_hundred_to_the_others(functions: Functions) -> None:
    """What is reserved is taken from the account's thousand."""
    functions.make("reserved")
    client = functions.client
    code, text = _refused(
        client.put_function_concurrency,
        FunctionName="reserved",
        ReservedConcurrentExecutions=901,
    )
    assert "InvalidParameterValueException" == code
    assert "below its minimum value of [100]." in text
    client.put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=5)
    told = client.get_function_concurrency(FunctionName="reserved")
    assert 5 == told["ReservedConcurrentExecutions"]
    limits = client.get_account_settings()["AccountLimit"]
    assert (1000, 995) == (
        limits["ConcurrentExecutions"],
        limits["UnreservedConcurrentExecutions"],
    )
    client.delete_function_concurrency(FunctionName="reserved")
    told = client.get_function_concurrency(FunctionName="reserved")
    assert "ReservedConcurrentExecutions" not in told


def test_provisioned_concurrency_is_refused_by_name(functions: Functions) -> None:
    """Nothing is kept ready, and nobody is told that it is."""
    functions.make("cold")
    client = functions.client
    assert (
        "InvalidParameterValueException"
        == _refused(
            client.put_provisioned_concurrency_config,
            FunctionName="cold",
            Qualifier="1",
            ProvisionedConcurrentExecutions=1,
        )[0]
    )
    told = client.list_provisioned_concurrency_configs(FunctionName="cold")
    assert [] == told["ProvisionedConcurrencyConfigs"]
    assert (
        "NotImplemented"
        == _refused(client.create_function_url_config, FunctionName="cold", AuthType="NONE")[0]
    )


def test_permission_of_a_url_is_a_condition_of_the_policy(functions: Functions) -> None:
    """As AWS writes it, beside the type of authentication."""
    functions.make("linked")

    added = functions.client.add_permission(
        FunctionName="linked",
        StatementId="url",
        Action="lambda:InvokeFunction",
        Principal="*",
        InvokedViaFunctionUrl=True,
    )

    expected = {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
    assert expected == json.loads(added["Statement"])["Condition"]


def test_code_that_stays_in_its_bucket_is_refused_by_name(functions: Functions) -> None:
    """Code is always copied."""
    functions.make("copied")
    members = {"FunctionName": "copied", "S3Bucket": "any", "S3Key": "any"}

    refused = _refused(
        functions.client.update_function_code, **members, S3ObjectStorageMode="REFERENCE"
    )

    assert "InvalidParameterValueException" == refused[0]
    assert "S3ObjectStorageMode REFERENCE is not supported" in refused[1]


def test_add_permission_makes_a_statement_of_the_policy(functions: Functions) -> None:
    """A statement is added once, shown in the policy, and taken away."""
    functions.make("permitted")
    client = functions.client
    members = {
        "FunctionName": "permitted",
        "StatementId": "events",
        "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
        "SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/nightly",
    }
    statement = json.loads(client.add_permission(**members)["Statement"])
    expected = {
        "Sid": "events",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": f"{_ARN}:permitted",
        "Condition": {"ArnLike": {"AWS:SourceArn": members["SourceArn"]}},
    }
    assert expected == statement
    assert "ResourceConflictException" == _refused(client.add_permission, **members)[0]
    policy = json.loads(client.get_policy(FunctionName="permitted")["Policy"])
    assert [expected] == policy["Statement"]
    client.remove_permission(FunctionName="permitted", StatementId="events")
    assert (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    ) == _refused(client.get_policy, FunctionName="permitted")


def test_tags_are_added_and_taken_away(functions: Functions) -> None:
    """Tags are those of the function, by its ARN."""
    arn = functions.make("tagged", Tags={"one": "1"})
    client = functions.client
    client.tag_resource(Resource=arn, Tags={"two": "2"})
    client.untag_resource(Resource=arn, TagKeys=["one"])
    assert {"two": "2"} == client.list_tags(Resource=arn)["Tags"]


def test_layer_versions_are_counted_and_listed(functions: Functions) -> None:
    """Every publication is a version of its own; a deleted number does not come again."""
    client = functions.client
    content = {"ZipFile": archive({"python/shared.py": "value = 1\n"})}
    for number in (1, 2):
        made = client.publish_layer_version(
            LayerName="counted", Content=content, CompatibleRuntimes=["python3.12"]
        )
        assert number == made["Version"]
    client.delete_layer_version(LayerName="counted", VersionNumber=2)
    assert 3 == client.publish_layer_version(LayerName="counted", Content=content)["Version"]
    listed = client.list_layer_versions(LayerName="counted")["LayerVersions"]
    assert [3, 1] == [one["Version"] for one in listed]
    listed = client.list_layer_versions(LayerName="counted", CompatibleRuntime="python3.12")
    assert [1] == [one["Version"] for one in listed["LayerVersions"]]
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:counted"
    told = client.get_layer_version_by_arn(Arn=f"{arn}:1")
    assert (f"{arn}:1", arn) == (told["LayerVersionArn"], told["LayerArn"])
    assert "counted" in [one["LayerName"] for one in client.list_layers()["Layers"]]


def test_event_invoke_config_is_kept_for_each_qualifier(functions: Functions) -> None:
    """What was said is told; an update says some of it anew."""
    functions.make("configured")
    client = functions.client
    client.put_function_event_invoke_config(FunctionName="configured", MaximumRetryAttempts=1)
    client.update_function_event_invoke_config(
        FunctionName="configured", MaximumEventAgeInSeconds=60
    )
    told = client.get_function_event_invoke_config(FunctionName="configured")
    assert {"OnSuccess": {}, "OnFailure": {}} == told["DestinationConfig"]
    assert (1, 60, f"{_ARN}:configured:$LATEST") == (
        told["MaximumRetryAttempts"],
        told["MaximumEventAgeInSeconds"],
        told["FunctionArn"],
    )
    listed = client.list_function_event_invoke_configs(FunctionName="configured")
    assert 1 == len(listed["FunctionEventInvokeConfigs"])
    client.delete_function_event_invoke_config(FunctionName="configured")
    assert (
        "ResourceNotFoundException"
        == _refused(client.get_function_event_invoke_config, FunctionName="configured")[0]
    )


def test_what_terraform_reads_of_a_function_is_answered(functions: Functions) -> None:
    """Code signing, runtime management and recursion are what they are without saying."""
    functions.make("read")
    client = functions.client
    signing = client.get_function_code_signing_config(FunctionName="read")
    assert "CodeSigningConfigArn" not in signing
    assert "Auto" == client.get_runtime_management_config(FunctionName="read")["UpdateRuntimeOn"]
    assert [] == client.list_code_signing_configs()["CodeSigningConfigs"]


def test_function_of_another_region_is_not_seen(functions: Functions) -> None:
    """Functions are of one region."""
    arn = functions.make("regional")
    elsewhere = arn.replace(REGION, "eu-west-1")
    assert ("ResourceNotFoundException", f"Function not found: {elsewhere}") == _refused(
        functions.client.get_function, FunctionName=elsewhere
    )
