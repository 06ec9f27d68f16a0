"""What policies call an operation, where that is not its name; and the roles that operations hand to a service.

Source: service authorization reference of each service.
"""

from collections.abc import Iterator, Mapping
from typing import Any

#: Operation -> actions, by the prefix of the service's actions.
_ACTIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "lambda": {
        "Invoke": ("InvokeFunction",),
        "InvokeWithResponseStream": ("InvokeFunction",),
    },
    "s3": {
        "AbortMultipartUpload": ("AbortMultipartUpload",),
        "CompleteMultipartUpload": ("PutObject",),
        "CopyObject": ("PutObject",),
        "CreateMultipartUpload": ("PutObject",),
        "DeleteBucketCors": ("PutBucketCORS",),
        "DeleteBucketEncryption": ("PutEncryptionConfiguration",),
        "DeleteBucketLifecycle": ("PutLifecycleConfiguration",),
        "DeleteBucketOwnershipControls": ("PutBucketOwnershipControls",),
        "DeleteBucketTagging": ("PutBucketTagging",),
        "DeleteObjects": ("DeleteObject",),
        "DeletePublicAccessBlock": ("PutBucketPublicAccessBlock",),
        "GetBucketAccelerateConfiguration": ("GetAccelerateConfiguration",),
        "GetBucketEncryption": ("GetEncryptionConfiguration",),
        "GetBucketLifecycleConfiguration": ("GetLifecycleConfiguration",),
        "GetBucketNotificationConfiguration": ("GetBucketNotification",),
        "GetBucketReplication": ("GetReplicationConfiguration",),
        "GetObjectLockConfiguration": ("GetBucketObjectLockConfiguration",),
        "GetPublicAccessBlock": ("GetBucketPublicAccessBlock",),
        "HeadBucket": ("ListBucket",),
        "HeadObject": ("GetObject",),
        "ListBuckets": ("ListAllMyBuckets",),
        "ListMultipartUploads": ("ListBucketMultipartUploads",),
        "ListObjectVersions": ("ListBucketVersions",),
        "ListObjects": ("ListBucket",),
        "ListObjectsV2": ("ListBucket",),
        "ListParts": ("ListMultipartUploadParts",),
        "PutBucketEncryption": ("PutEncryptionConfiguration",),
        "PutBucketLifecycleConfiguration": ("PutLifecycleConfiguration",),
        "PutBucketNotificationConfiguration": ("PutBucketNotification",),
        "PutObjectLockConfiguration": ("PutBucketObjectLockConfiguration",),
        "PutPublicAccessBlock": ("PutBucketPublicAccessBlock",),
        "UploadPart": ("PutObject",),
        "UploadPartCopy": ("PutObject",),
    },
    "sqs": {
        "ChangeMessageVisibilityBatch": ("ChangeMessageVisibility",),
        "DeleteMessageBatch": ("DeleteMessage",),
        "SendMessageBatch": ("SendMessage",),
    },
    "sns": {"PublishBatch": ("Publish",)},
    "kms": {
        "ReEncrypt": ("ReEncryptFrom", "ReEncryptTo"),
    },
    "logs": {"TagLogGroup": ("TagResource",), "UntagLogGroup": ("UntagResource",)},
}
#: Operations of S3 on a version of an object have actions of their own.
_OF_VERSIONS: Mapping[str, str] = {
    "DeleteObject": "DeleteObjectVersion",
    "GetObject": "GetObjectVersion",
    "GetObjectTagging": "GetObjectVersionTagging",
    "PutObjectTagging": "PutObjectVersionTagging",
}
#: Service and operation -> where a request names roles, and to whom they are handed.
_ROLES: Mapping[tuple[str, str], tuple[tuple[str, ...], str]] = {
    ("cloudformation", "CreateChangeSet"): (("RoleARN",), "cloudformation.amazonaws.com"),
    ("cloudformation", "CreateStack"): (("RoleARN",), "cloudformation.amazonaws.com"),
    ("cloudformation", "DeleteStack"): (("RoleARN",), "cloudformation.amazonaws.com"),
    ("cloudformation", "UpdateStack"): (("RoleARN",), "cloudformation.amazonaws.com"),
    ("events", "PutRule"): (("RoleArn",), "events.amazonaws.com"),
    ("events", "PutTargets"): (("Targets", "RoleArn"), "events.amazonaws.com"),
    ("fis", "CreateExperimentTemplate"): (("roleArn",), "fis.amazonaws.com"),
    ("fis", "UpdateExperimentTemplate"): (("roleArn",), "fis.amazonaws.com"),
    ("lambda", "CreateFunction"): (("Role",), "lambda.amazonaws.com"),
    ("lambda", "UpdateFunctionConfiguration"): (("Role",), "lambda.amazonaws.com"),
    ("scheduler", "CreateSchedule"): (("Target", "RoleArn"), "scheduler.amazonaws.com"),
    ("scheduler", "UpdateSchedule"): (("Target", "RoleArn"), "scheduler.amazonaws.com"),
}


def actions_of(prefix: str, operation: str, request: Mapping[str, Any]) -> list[str]:
    """Return the actions that an operation is, with their prefix."""
    names = _ACTIONS.get(prefix, {}).get(operation, (operation,))
    if prefix == "s3" and request.get("VersionId"):
        names = tuple(_OF_VERSIONS.get(name, name) for name in names)
    return [f"{prefix}:{name}" for name in names]


def passed_roles(
    service: str, operation: str, request: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield the ARNs of the roles that a request hands on, and the service that gets them."""
    found = _ROLES.get((service, operation))
    if found is not None:
        path, passed_to = found
        for arn in _values(request, path):
            yield arn, passed_to


def _values(node: Any, path: tuple[str, ...]) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from _values(one, path)
    elif not path:
        yield node
    elif isinstance(node, Mapping) and path[0] in node:
        yield from _values(node[path[0]], path[1:])
