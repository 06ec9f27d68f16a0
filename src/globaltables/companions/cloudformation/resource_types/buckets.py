"""AWS::S3: buckets and their policies."""

from typing import Any

import orjson

from globaltables.companions.cloudformation.engine.resource_type import (
    Naming,
    ResourceType,
    no_attributes,
)
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.resource_types.bucket_settings import SETTINGS
from globaltables.companions.cloudformation.resource_types.tagging import as_list, tags_in

_HOME = "us-east-1"


async def _create(work: ResourceWork) -> None:
    if not work.physical:
        place = None if work.region == _HOME else {"LocationConstraint": work.region}
        await work.call("s3", "CreateBucket", Bucket=work.name, CreateBucketConfiguration=place)
        await work.made(work.name)
    await _apply(work)


async def _apply(work: ResourceWork) -> None:
    """Bring the settings of a bucket to what the properties say."""
    for name, setting in SETTINGS.items():
        if not work.changed(name):
            continue
        given = work.properties.get(name)
        if given is not None:
            await work.call("s3", setting.put, Bucket=work.physical, **setting.members(given))
        elif setting.delete:
            await work.found("s3", setting.delete, Bucket=work.physical)
        else:
            await work.call("s3", setting.put, Bucket=work.physical, **setting.members({}))
    if work.changed("Tags"):
        tags = as_list(tags_in(work.properties.get("Tags")))
        if tags:
            await work.call(
                "s3", "PutBucketTagging", Bucket=work.physical, Tagging={"TagSet": tags}
            )
        else:
            await work.found("s3", "DeleteBucketTagging", Bucket=work.physical)


async def _delete(work: ResourceWork) -> None:
    await work.call("s3", "DeleteBucket", Bucket=work.physical)


async def _read(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.found("s3", "HeadBucket", Bucket=work.physical)
    if answer is None:
        return None
    name, region = work.physical, work.region
    return {
        "Arn": f"arn:{work.partition}:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "DualStackDomainName": f"{name}.s3.dualstack.{region}.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
        "WebsiteURL": f"http://{name}.s3-website-{region}.amazonaws.com",
    }


async def _put_policy(work: ResourceWork) -> None:
    bucket = work.properties["Bucket"]
    document = _text(work.properties["PolicyDocument"])
    await work.call("s3", "PutBucketPolicy", Bucket=bucket, Policy=document)
    await work.made(bucket)


async def _delete_policy(work: ResourceWork) -> None:
    await work.call("s3", "DeleteBucketPolicy", Bucket=work.physical)


def _text(document: Any) -> str:
    return document if isinstance(document, str) else orjson.dumps(document).decode()


TYPES = (
    ResourceType(
        "AWS::S3::Bucket",
        create=_create,
        delete=_delete,
        read=_read,
        update=_apply,
        naming=Naming("BucketName", length_max=63, lower=True),
        named=lambda work: work.name,
        unserved=(
            *(
                "AbacStatus",
                "AccelerateConfiguration",
                "AnalyticsConfigurations",
                "BucketNamePrefix",
            ),
            *("BucketNamespace", "IntelligentTieringConfigurations", "InventoryConfigurations"),
            *("MetadataConfiguration", "MetadataTableConfiguration", "MetricsConfigurations"),
            *("ObjectLockConfiguration", "ObjectLockEnabled", "ReplicationConfiguration"),
        ),
    ),
    ResourceType(
        "AWS::S3::BucketPolicy",
        create=_put_policy,
        delete=_delete_policy,
        read=no_attributes,
        update=_put_policy,
    ),
)
