"""Buckets, what they are set to, and whom they tell, with boto3."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support.server import Server
from tests.support.transfers import enable_recovery, export, import_
from tests.support.waiting import eventually

_NUMBERS = count(1)
_ACCOUNT = "123456789012"


def client_of(server: Server, service: str = "s3", region: str = "us-east-1", **more: Any) -> Any:
    """Return a client of a service."""
    make: Any = boto3.client  # its types want to know the service
    return make(
        service,
        endpoint_url=server.endpoint,
        region_name=region,
        **{"aws_access_key_id": _ACCOUNT, "aws_secret_access_key": "secret", **more},
    )


@pytest.fixture(scope="module")
def s3(server: Server) -> Any:
    """A client of S3."""
    return client_of(server)


@pytest.fixture
def bucket(s3: Any, worker_id: str) -> Iterator[str]:
    """A bucket that goes away with the test."""
    name = f"settings-{worker_id}-{next(_NUMBERS)}"
    s3.create_bucket(Bucket=name)
    yield name
    s3.delete_bucket_policy(Bucket=name)
    for one in s3.list_objects_v2(Bucket=name).get("Contents", []):
        s3.delete_object(Bucket=name, Key=one["Key"])
    s3.delete_bucket(Bucket=name)


def refusal(call: Callable[..., Any], **members: Any) -> tuple[str, int]:
    """Return code and status with which a call is refused."""
    with pytest.raises(ClientError) as refused:
        call(**members)
    response: Any = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_create_bucket_takes_the_name_everywhere(server: Server, s3: Any, bucket: str) -> None:
    """For other accounts it exists, for its own in other regions too."""
    europe = client_of(server, region="eu-west-1")
    stranger = client_of(server, aws_access_key_id="999999999999")
    place = {"LocationConstraint": "eu-west-1"}

    assert "/" + bucket == s3.create_bucket(Bucket=bucket)["Location"]
    assert ("BucketAlreadyExists", 409) == refusal(stranger.create_bucket, Bucket=bucket)
    assert ("BucketAlreadyOwnedByYou", 409) == refusal(
        europe.create_bucket, Bucket=bucket, CreateBucketConfiguration=place
    )
    assert ("IllegalLocationConstraintException", 400) == refusal(
        europe.create_bucket, Bucket=f"{bucket}-e"
    )
    assert ("InvalidBucketName", 400) == refusal(s3.create_bucket, Bucket="Not_Good")
    assert bucket in [one["Name"] for one in s3.list_buckets()["Buckets"]]
    assert bucket not in [one["Name"] for one in stranger.list_buckets()["Buckets"]]


def test_bucket_of_another_region_sends_clients_there(
    server: Server, s3: Any, worker_id: str
) -> None:
    """Boto3 follows; whoever does not is told the region."""
    europe = client_of(server, region="eu-west-1")
    name = f"europe-{worker_id}"
    europe.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    assert "eu-west-1" == s3.get_bucket_location(Bucket=name)["LocationConstraint"]
    s3.put_object(Bucket=name, Key="x", Body=b"1")
    assert b"1" == europe.get_object(Bucket=name, Key="x")["Body"].read()
    s3.delete_object(Bucket=name, Key="x")
    europe.delete_bucket(Bucket=name)


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("get_bucket_cors", "NoSuchCORSConfiguration"),
        ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
        ("get_bucket_policy", "NoSuchBucketPolicy"),
        ("get_bucket_policy_status", "NoSuchBucketPolicy"),
        ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
        ("get_bucket_tagging", "NoSuchTagSet"),
        ("get_bucket_website", "NoSuchWebsiteConfiguration"),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
    ],
)
def test_new_bucket_has_no_configuration_of_a_kind(
    s3: Any, bucket: str, operation: str, code: str
) -> None:
    """The refusal that Terraform's refresh waits for."""
    assert (code, 404) == refusal(getattr(s3, operation), Bucket=bucket)


def test_new_bucket_is_private_and_encrypted(s3: Any, bucket: str) -> None:
    """What AWS gives every bucket since 2023."""
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    owned = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]

    assert [True] * 4 == list(blocked.values())
    assert "AES256" == rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
    assert [{"ObjectOwnership": "BucketOwnerEnforced"}] == owned
    assert ["FULL_CONTROL"] == [
        one["Permission"] for one in s3.get_bucket_acl(Bucket=bucket)["Grants"]
    ]
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    assert "Disabled" == s3.get_bucket_abac(Bucket=bucket)["AbacStatus"]["Status"]
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    assert "BucketOwner" == s3.get_bucket_request_payment(Bucket=bucket)["Payer"]
    assert ("AccessControlListNotSupported", 400) == refusal(
        s3.put_bucket_acl, Bucket=bucket, ACL="public-read"
    )


def test_settings_come_back_as_they_were_set(s3: Any, bucket: str) -> None:
    """Tags, CORS, encryption; and go away."""
    tags = [{"Key": "a", "Value": "b"}]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    rules = [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://*.example.com"]}]
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/mine"}
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=encryption)

    assert tags == s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    assert rules == s3.get_bucket_cors(Bucket=bucket)["CORSRules"]
    put = s3.put_object(Bucket=bucket, Key="x", Body=b"")
    assert ("aws:kms", "alias/mine") == (put["ServerSideEncryption"], put["SSEKMSKeyId"])
    s3.delete_bucket_cors(Bucket=bucket)
    assert ("NoSuchCORSConfiguration", 404) == refusal(s3.get_bucket_cors, Bucket=bucket)


def test_page_of_another_origin_is_let_in_by_a_rule(server: Server, s3: Any, bucket: str) -> None:
    """Only by one that names it."""
    s3.put_object(Bucket=bucket, Key="x", Body=b"1")
    rules = [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://*.example.com"]}]
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "x"})

    def allowed(origin: str) -> str | None:
        with urlopen(Request(url, headers={"Origin": origin})) as answer:  # noqa: S310 - ours
            found: str | None = answer.headers["Access-Control-Allow-Origin"]
            return found

    assert "https://a.example.com" == allowed("https://a.example.com")
    assert allowed("https://example.org") is None


def test_policy_lets_strangers_in(server: Server, s3: Any, bucket: str) -> None:
    """Another account, and whoever does not sign; before that neither."""
    stranger = client_of(server, aws_access_key_id="999999999999")
    s3.put_object(Bucket=bucket, Key="x", Body=b"1")
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    url = f"{server.endpoint}/{bucket}/x"
    with pytest.raises(HTTPError, match="403"):
        urlopen(url)  # noqa: S310 - ours
    assert ("AccessDenied", 403) == refusal(stranger.get_object, Bucket=bucket, Key="x")
    assert ("AccessDenied", 403) == refusal(s3.put_bucket_policy, Bucket=bucket, Policy=policy)

    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"]
    assert b"1" == stranger.get_object(Bucket=bucket, Key="x")["Body"].read()
    host = f"{bucket}.s3.localhost"
    for asked in (
        url,
        Request(f"{server.endpoint}/x", headers={"Host": host}),  # noqa: S310 - ours
    ):
        with urlopen(asked) as answer:  # noqa: S310 - ours
            assert b"1" == answer.read()
    assert ("AccessDenied", 403) == refusal(stranger.put_object, Bucket=bucket, Key="y")
    wrong = policy.replace(f"{bucket}/", "another/")
    assert ("MalformedPolicy", 400) == refusal(s3.put_bucket_policy, Bucket=bucket, Policy=wrong)


def test_policy_that_denies_holds_for_the_owner(s3: Any, bucket: str) -> None:
    """Who can take it away all the same."""
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)

    assert ("AccessDenied", 403) == refusal(s3.put_object, Bucket=bucket, Key="x", Body=b"1")
    s3.put_object(Bucket=bucket, Key="x", Body=b"1", ServerSideEncryption="aws:kms")


def test_policy_that_wants_encryption_lets_this_machine_in(s3: Any, bucket: str) -> None:
    """Without TLS: the buckets of the CDK and of many templates have such a policy."""
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    s3.put_object(Bucket=bucket, Key="x", Body=b"1")

    assert b"1" == s3.get_object(Bucket=bucket, Key="x")["Body"].read()


def test_notification_reaches_a_queue(server: Server, s3: Any, bucket: str) -> None:
    """With a first message when it is set up; only for keys that the filter lets through."""
    sqs = client_of(server, "sqs")
    url = sqs.create_queue(QueueName=bucket)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    rule = {
        "QueueArn": attributes["QueueArn"],
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".json"}]}},
    }
    configuration = {"QueueConfigurations": [rule]}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
    s3.put_object(Bucket=bucket, Key="a b.txt", Body=b"1")
    s3.put_object(Bucket=bucket, Key="a b.json", Body=b"12")
    found: list[dict[str, Any]] = []

    def received() -> bool:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        found.extend(json.loads(one["Body"]) for one in answer.get("Messages", []))
        return len(found) >= 2

    assert eventually(received)
    assert "s3:TestEvent" == found[0]["Event"]
    record = found[1]["Records"][0]
    assert ("ObjectCreated:Put", "a+b.json", 2) == (
        record["eventName"],
        record["s3"]["object"]["key"],
        record["s3"]["object"]["size"],
    )
    rule["QueueArn"] += "-not-there"
    assert ("InvalidArgument", 400) == refusal(
        s3.put_bucket_notification_configuration,
        Bucket=bucket,
        NotificationConfiguration=configuration,
    )


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"Status": "Enabled", "Expiration": {"Days": 1}}, "MalformedXML"),
        ({"Status": "Enabled", "Filter": {"Prefix": ""}}, "InvalidRequest"),
        (
            {"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 0}},
            "InvalidArgument",
        ),
    ],
)
def test_lifecycle_that_s3_would_not_take_is_refused(
    s3: Any, bucket: str, rule: dict[str, Any], code: str
) -> None:
    """Before anything is stored."""
    configuration = {"Rules": [rule]}
    assert (code, 400) == refusal(
        s3.put_bucket_lifecycle_configuration,
        Bucket=bucket,
        LifecycleConfiguration=configuration,
    )


def test_unknown_operation_is_refused_by_name(s3: Any, bucket: str) -> None:
    """With a status that clients do not try again."""
    assert ("NotImplemented", 501) == refusal(
        s3.put_bucket_website,
        Bucket=bucket,
        WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}},
    )


def test_buckets_of_exports_are_buckets_of_s3(
    server: Server, s3: Any, bucket: str, make_table: Callable[..., str]
) -> None:
    """What an export writes is listed at once, what S3 stores is imported; a bucket has to be there."""
    table = make_table()
    dynamodb = client_of(server, "dynamodb")
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}})
    arn = enable_recovery(dynamodb, table)

    assert "S3NoSuchBucket" == export(dynamodb, arn, "no-such-bucket-here")["FailureCode"]
    assert "COMPLETED" == export(dynamodb, arn, bucket)["ExportStatus"]
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert any(key.endswith("manifest-summary.json") for key in keys)
    s3.put_object(Bucket=bucket, Key="in/x.json", Body=b'{"Item":{"pk":{"S":"b"}}}')
    source = {"S3Bucket": bucket, "S3KeyPrefix": "in/"}
    done = import_(dynamodb, f"{table}-imported", bucket, S3BucketSource=source)
    assert ("COMPLETED", 1) == (done["ImportStatus"], done["ImportedItemCount"])
    dynamodb.delete_table(TableName=f"{table}-imported")
