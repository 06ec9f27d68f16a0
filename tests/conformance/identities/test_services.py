"""The services around the tables ask for permissions too, all in one place."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.identities import ACCOUNT, Person, World, allow, deny, document, refusal
from tests.support.target import send

REGION = "us-east-1"
DENIED = ("AccessDenied", "AccessDeniedException")


def arn(service: str, resource: str) -> str:
    """Return an ARN of the account in the region of these tests."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


#: Service, method, members, action, resource of a policy that lets it, and of one that does not.
_CASES: list[tuple[str, str, dict[str, Any], str, str, str]] = [
    (
        "iam",
        "get_user",
        {"UserName": "somebody"},
        "iam:GetUser",
        "arn:aws:iam::*:user/some*",
        "arn:aws:iam::*:role/*",
    ),
    (
        "sqs",
        "create_queue",
        {"QueueName": "q1"},
        "sqs:CreateQueue",
        arn("sqs", "q1"),
        arn("sqs", "q2"),
    ),
    ("sns", "create_topic", {"Name": "t1"}, "sns:CreateTopic", arn("sns", "t1"), arn("sns", "t2")),
    ("kms", "create_key", {}, "kms:CreateKey", "*", arn("kms", "key/*")),
    ("lambda", "list_functions", {}, "lambda:ListFunctions", "*", arn("lambda", "function:f")),
    (
        "lambda",
        "get_function",
        {"FunctionName": "f"},
        "lambda:GetFunction",
        arn("lambda", "function:f"),
        arn("lambda", "function:g"),
    ),
    (
        "logs",
        "create_log_group",
        {"logGroupName": "/g"},
        "logs:CreateLogGroup",
        arn("logs", "log-group:/g*"),
        arn("logs", "log-group:/h*"),
    ),
    (
        "cloudwatch",
        "put_metric_alarm",
        {
            "AlarmName": "a1",
            "MetricName": "m",
            "Namespace": "n",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "Statistic": "Sum",
            "ComparisonOperator": "GreaterThanThreshold",
        },
        "cloudwatch:PutMetricAlarm",
        arn("cloudwatch", "alarm:a1"),
        arn("cloudwatch", "alarm:a2"),
    ),
    (
        "events",
        "put_rule",
        {"Name": "r1", "ScheduleExpression": "rate(1 hour)"},
        "events:PutRule",
        arn("events", "rule/r1"),
        arn("events", "rule/r2"),
    ),
    (
        "fis",
        "list_experiments",
        {},
        "fis:ListExperiments",
        "*",
        arn("fis", "experiment-template/x"),
    ),
    (
        "cloudformation",
        "list_stacks",
        {},
        "cloudformation:ListStacks",
        "*",
        arn("cloudformation", "stack/x/*"),
    ),
    (
        "application-autoscaling",
        "describe_scalable_targets",
        {"ServiceNamespace": "dynamodb"},
        "application-autoscaling:DescribeScalableTargets",
        "*",
        "arn:aws:s3:::x",
    ),
    ("s3", "list_buckets", {}, "s3:ListAllMyBuckets", "*", "arn:aws:s3:::one-bucket"),
]


def denied(call: Callable[..., Any], members: dict[str, Any]) -> bool:
    """Tell whether a call is refused for want of a permission; any other answer is none of this."""
    try:
        call(**members)
    except Exception as error:  # noqa: BLE001 - the exceptions of clients are made as they are met
        return getattr(error, "response", {}).get("Error", {}).get("Code") in DENIED
    return False


@pytest.mark.parametrize(
    ("service", "method", "members", "action", "right", "wrong"),
    _CASES,
    ids=[f"{case[0]}-{case[1]}" for case in _CASES],
)
def test_service_asks_for_its_action_on_its_resource(
    world: World,
    service: str,
    method: str,
    members: dict[str, Any],
    action: str,
    right: str,
    wrong: str,
) -> None:
    """Nothing without a policy, nor with one for another resource; with the right one it goes on."""
    for statements, expected in (
        ((), True),
        ((allow(action, on=wrong),), True),
        ((allow("dynamodb:*"),), True),
        ((allow(action, on=right), deny(action)), True),
        ((allow(action, on=right),), False),
    ):
        person = world.user(*statements)
        assert expected is denied(getattr(person.client(service), method), members), statements


def test_refusal_names_caller_action_and_resource(world: World) -> None:
    """In the form of the protocol, JSON or XML."""
    person = world.user()
    queue = arn("sqs", "mine")
    text = f"User: {person.arn} is not authorized to perform: sqs:CreateQueue on resource: {queue}"
    code, message = refusal(person.client("sqs").create_queue, QueueName="mine")
    assert code in DENIED
    assert message.startswith(text)


def test_user_manages_itself_by_its_own_name(world: World) -> None:
    """${aws:username} in a resource: one's own access keys, and nobody else's."""
    own = "arn:aws:iam::*:user/${aws:username}"
    person, other = world.user(allow("iam:*AccessKey*", on=own)), world.user()
    iam = person.client("iam")
    assert 1 == len(iam.list_access_keys()["AccessKeyMetadata"])
    iam.create_access_key(UserName=person.name)
    assert "AccessDenied" == refusal(iam.create_access_key, UserName=other.name)[0]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonSNSFullAccess"}}, True),
        ({"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonSQSFullAccess"}}, False),
        ({"StringEquals": {"iam:ResourceTag/team": "red"}}, True),
        ({"StringEquals": {"aws:ResourceTag/team": "blue"}}, False),
        ({"Null": {"iam:PermissionsBoundary": "false"}}, False),
    ],
)
def test_administration_can_be_delegated_in_part(
    world: World, condition: dict[str, Any], expected: object
) -> None:
    """Which policies may be attached, and to whom, by the condition keys of IAM."""
    target = world.user(Tags=[{"Key": "team", "Value": "red"}])
    person = world.user(allow("iam:AttachUserPolicy", Condition=condition))
    members = {
        "UserName": target.name,
        "PolicyArn": "arn:aws:iam::aws:policy/AmazonSNSFullAccess",
    }
    assert expected is not denied(person.client("iam").attach_user_policy, members)


def test_bucket_is_opened_by_either_side(world: World) -> None:
    """A user's policy or the bucket's; a deny in either closes it."""
    root = world.root.client("s3")
    root.create_bucket(Bucket="shared-things")
    root.put_object(Bucket="shared-things", Key="a/b", Body=b"x")
    get = {"Bucket": "shared-things", "Key": "a/b"}
    by_identity = world.user(allow("s3:GetObject", on="arn:aws:s3:::shared-things/a/*"))
    nobody = world.user()
    assert b"x" == by_identity.client("s3").get_object(**get)["Body"].read()
    assert "AccessDenied" == refusal(by_identity.client("s3").put_object, **get)[0]
    assert "AccessDenied" == refusal(nobody.client("s3").get_object, **get)[0]
    grant = {
        "Effect": "Allow",
        "Principal": {"AWS": nobody.arn},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::shared-things/*",
    }
    root.put_bucket_policy(Bucket="shared-things", Policy=document(grant))
    assert b"x" == nobody.client("s3").get_object(**get)["Body"].read()
    closed = {**grant, "Effect": "Deny", "Principal": "*"}
    root.put_bucket_policy(Bucket="shared-things", Policy=document(closed))
    assert "AccessDenied" == refusal(by_identity.client("s3").get_object, **get)[0]


def test_key_policy_has_to_let_its_own_account_in(world: World) -> None:
    """KMS: a permission is nothing without the key's policy, whose default leaves it to IAM."""
    root = world.root.client("kms")
    key = root.create_key()["KeyMetadata"]["Arn"]
    person = world.user(allow("kms:Encrypt", on=key))
    kms = person.client("kms")
    assert kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert "AccessDeniedException" == refusal(kms.describe_key, KeyId=key)[0]
    only_root = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"},
        "Action": "kms:*",
        "Resource": "*",
    }
    root.put_key_policy(KeyId=key, Policy=document(only_root), BypassPolicyLockoutSafetyCheck=True)
    code, message = refusal(kms.encrypt, KeyId=key, Plaintext=b"x")
    assert "AccessDeniedException" == code
    assert message.endswith("because no resource-based policy allows the kms:Encrypt action")


def test_roles_are_handed_on_with_permission_only(world: World) -> None:
    """CreateFunction needs iam:PassRole for the function's role."""
    role = world.role({"Service": "lambda.amazonaws.com"})
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("f.py", "def handler(event, context): return 1\n")
    function = {
        "Runtime": "python3.11",
        "Role": role,
        "Handler": "f.handler",
        "Code": {"ZipFile": package.getvalue()},
    }
    person = world.user(allow("lambda:CreateFunction"))
    call = person.client("lambda").create_function
    code, message = refusal(call, FunctionName="passing", **function)
    assert "AccessDeniedException" == code
    assert f"iam:PassRole on resource: {role}" in message
    to_lambda = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    world.iam.put_user_policy(
        UserName=person.name,
        PolicyName="pass",
        PolicyDocument=document(allow("iam:PassRole", on=role, Condition=to_lambda)),
    )
    assert role == call(FunctionName="passing", **function)["Role"]


def test_tables_ask_for_every_operation(world: World) -> None:
    """A user without policies is refused by every operation of DynamoDB, its streams and our own."""
    person, table = world.user(), world.table()
    client = person.client()
    requests = _item_requests(table) | _table_requests(table)
    untested = {
        name
        for name in client.meta.service_model.operation_names
        if name not in requests and name not in _NOT_SERVED
    }
    assert set() == untested
    for operation, members in requests.items():
        method = client.meta.method_to_api_mapping
        name = next(python for python, api in method.items() if api == operation)
        assert "AccessDeniedException" == refusal(getattr(client, name), **members)[0], operation
    streams = person.client("dynamodbstreams")
    assert "AccessDeniedException" == refusal(streams.list_streams)[0]
    missing = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}/stream/2026-01-01T00:00:00.000"
    denied_stream = refusal(streams.describe_stream, StreamArn=missing)
    assert "AccessDeniedException" == denied_stream[0]


def test_streams_are_read_with_permission(world: World) -> None:
    """A reader of streams needs their ARN, and nothing of the table."""
    table = world.table(StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    described = world.root.client().describe_table(TableName=table)["Table"]
    stream = described["LatestStreamArn"]
    actions = [f"dynamodb:{name}" for name in ("DescribeStream", "GetShardIterator", "GetRecords")]
    reader = world.user(allow(*actions, on=f"{described['TableArn']}/stream/*"))
    world.root.client().put_item(TableName=table, Item={"pk": {"S": "a"}, "sk": {"S": "1"}})
    client = reader.client("dynamodbstreams")
    shard = client.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    place = {"StreamArn": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = client.get_shard_iterator(**place)["ShardIterator"]
    assert 1 == len(client.get_records(ShardIterator=iterator)["Records"])
    stranger = world.user(allow("dynamodb:*", on=described["TableArn"]))
    told = refusal(stranger.client("dynamodbstreams").get_records, ShardIterator=iterator)
    assert "AccessDeniedException" == told[0]


def test_own_operations_are_actions_of_their_own(world: World) -> None:
    """What only this product has is allowed by globaltables:..., not by dynamodb:*."""
    for statement, expected in ((allow("dynamodb:*"), 400), (allow("globaltables:*"), 200)):
        person = world.user(statement)
        key, secret, _ = person.credentials
        body = b"{}"
        signed = AWSRequest(
            method="POST",
            url=world.endpoint + "/",
            data=body,
            headers={
                "X-Amz-Target": "GlobalTables_20261121.ListJobs",
                "Content-Type": "application/x-amz-json-1.0",
            },
        )
        SigV4Auth(Credentials(key, secret), "dynamodb", REGION).add_auth(signed)
        answer = send(world.endpoint, "POST", "/", body, dict(signed.headers.items()))
        assert expected == answer.status


#: Operations that AWS has and this product does not, and one that tells refusals in their place.
_NOT_SERVED = frozenset(
    {
        "BatchExecuteStatement",
        "CancelBulkOperation",
        "DescribeBulkOperation",
        "ListBulkOperations",
        "SearchVectors",
        "StartBulkPutItems",
    }
)


def _item_requests(table: str) -> dict[str, dict[str, Any]]:
    """Return a request for each operation on items, as far as it has to go to be refused."""
    key, named = {"pk": {"S": "a"}, "sk": {"S": "1"}}, {"TableName": table}
    insert = f"INSERT INTO \"{table}\" VALUE {{'pk': 'a', 'sk': '1'}}"
    return {
        "BatchGetItem": {"RequestItems": {table: {"Keys": [key]}}},
        "BatchWriteItem": {"RequestItems": {table: [{"PutRequest": {"Item": key}}]}},
        "DeleteItem": {**named, "Key": key},
        "ExecuteTransaction": {"TransactStatements": [{"Statement": insert}]},
        "ExecuteStatement": {"Statement": insert},
        "GetItem": {**named, "Key": key},
        "PutItem": {**named, "Item": key},
        "Query": {
            **named,
            "KeyConditionExpression": "pk = :p",
            "ExpressionAttributeValues": {":p": {"S": "a"}},
        },
        "Scan": named,
        "TransactGetItems": {"TransactItems": [{"Get": {**named, "Key": key}}]},
        "TransactWriteItems": {"TransactItems": [{"Put": {**named, "Item": key}}]},
        "UpdateItem": {**named, "Key": key},
    }


def _setting_requests(table: str) -> dict[str, dict[str, Any]]:
    """Return a request for each operation on a table by its name."""
    named = {"TableName": table}
    stream_arn = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
    return {
        "DeleteTable": named,
        "DescribeContinuousBackups": named,
        "DescribeContributorInsights": named,
        "DescribeKinesisStreamingDestination": named,
        "DescribeTable": named,
        "DescribeTableReplicaAutoScaling": named,
        "DescribeTimeToLive": named,
        "DisableKinesisStreamingDestination": {**named, "StreamArn": stream_arn},
        "EnableKinesisStreamingDestination": {**named, "StreamArn": stream_arn},
        "UpdateContinuousBackups": {
            **named,
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        },
        "UpdateContributorInsights": {**named, "ContributorInsightsAction": "ENABLE"},
        "UpdateKinesisStreamingDestination": {**named, "StreamArn": stream_arn},
        "UpdateTable": {**named, "BillingMode": "PAY_PER_REQUEST"},
        "UpdateTableReplicaAutoScaling": named,
        "UpdateTimeToLive": {
            **named,
            "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ttl"},
        },
    }


def _table_requests(table: str) -> dict[str, dict[str, Any]]:
    """Return a request for each other operation."""
    table_arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
    backup = f"{table_arn}/backup/01489602797149-73d8d5bc"
    named, of_arn = {"TableName": table}, {"ResourceArn": table_arn}
    throughput: dict[str, Any] = {"GlobalTableName": table}
    return _setting_requests(table) | {
        "CreateBackup": {**named, "BackupName": "mine"},
        "CreateGlobalTable": {**throughput, "ReplicationGroup": [{"RegionName": REGION}]},
        "CreateTable": {
            "TableName": "new-table",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        },
        "DeleteBackup": {"BackupArn": backup},
        "DeleteResourcePolicy": of_arn,
        "DescribeBackup": {"BackupArn": backup},
        "DescribeEndpoints": {},
        "DescribeExport": {"ExportArn": f"{table_arn}/export/01489602797149-73d8d5bc"},
        "DescribeGlobalTable": throughput,
        "DescribeGlobalTableSettings": throughput,
        "DescribeImport": {"ImportArn": f"{table_arn}/import/01489602797149-73d8d5bc"},
        "DescribeLimits": {},
        "ExportTableToPointInTime": {"TableArn": table_arn, "S3Bucket": "bucket"},
        "GetResourcePolicy": of_arn,
        "ImportTable": {
            "S3BucketSource": {"S3Bucket": "bucket"},
            "InputFormat": "CSV",
            "TableCreationParameters": {
                "TableName": "new-table",
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            },
        },
        "ListBackups": {},
        "ListContributorInsights": {},
        "ListExports": {},
        "ListGlobalTables": {},
        "ListImports": {},
        "ListTables": {},
        "ListTagsOfResource": of_arn,
        "PutResourcePolicy": {**of_arn, "Policy": json.dumps({})},
        "RestoreTableFromBackup": {"TargetTableName": "new-table", "BackupArn": backup},
        "RestoreTableToPointInTime": {
            "SourceTableName": table,
            "TargetTableName": "new-table",
            "UseLatestRestorableTime": True,
        },
        "TagResource": {**of_arn, "Tags": [{"Key": "a", "Value": "b"}]},
        "UntagResource": {**of_arn, "TagKeys": ["a"]},
        "UpdateGlobalTable": {**throughput, "ReplicaUpdates": []},
        "UpdateGlobalTableSettings": throughput,
    }


def test_other_accounts_do_not_see_what_is_not_theirs(world: World) -> None:
    """A user's permissions are for its own account's resources."""
    person: Person = world.user(allow("*"))
    world.other.client("iam").create_user(UserName="theirs")
    assert "NoSuchEntity" == refusal(person.client("iam").get_user, UserName="theirs")[0]
