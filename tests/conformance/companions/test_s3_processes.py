"""Objects where every region is a process of its own: one endpoint, one folder of buckets."""

from typing import Any

import boto3

from tests.support.server import Server


def _client(server: Server, region: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        region_name=region,
        aws_access_key_id="123456789012",
        aws_secret_access_key="secret",
    )


def test_objects_go_through_the_front_door() -> None:
    """Large ones too, with every header of the answer; buckets of the other process are found."""
    content = bytes(range(256)) * (70 * 1024)
    place = {"LocationConstraint": "eu-west-1"}
    with Server("--processes", "--in-memory", "--regions", "us-east-1,eu-west-1") as server:
        europe, home = _client(server, "eu-west-1"), _client(server, "us-east-1")
        europe.create_bucket(Bucket="things", CreateBucketConfiguration=place)
        put = europe.put_object(Bucket="things", Key="x", Body=content, Metadata={"a": "b"})
        head = home.head_object(Bucket="things", Key="x")
        got = home.get_object(Bucket="things", Key="x")

        assert content == got["Body"].read()
        assert (put["ETag"], len(content), {"a": "b"}) == (
            head["ETag"],
            head["ContentLength"],
            head["Metadata"],
        )
        assert "eu-west-1" == home.get_bucket_location(Bucket="things")["LocationConstraint"]
