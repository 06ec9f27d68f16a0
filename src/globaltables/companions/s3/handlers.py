"""Every operation of the service that is served."""

from collections.abc import Mapping
from types import MappingProxyType

from globaltables.companions.s3 import (
    access_logs,
    buckets,
    copying,
    lifecycle,
    listing,
    notifications,
    objects,
    policies,
    settings,
    tagging,
    uploading,
)
from globaltables.companions.s3.access import condition_keys, resources_of
from globaltables.companions.s3.asking import Handler, on_bucket, on_store
from globaltables.companions.s3.notifications import tell_changes
from globaltables.companions.s3.settings import Document, never
from globaltables.companions.service import Implementation
from globaltables.itemstore.region import Region

_CORS = Document(
    "cors",
    "CORSConfiguration",
    None,
    ("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
)
_OWNERSHIP = Document(
    "ownership",
    "OwnershipControls",
    "OwnershipControls",
    ("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
)
_PUBLIC_ACCESS = Document(
    "public_access",
    "PublicAccessBlockConfiguration",
    "PublicAccessBlockConfiguration",
    (
        "NoSuchPublicAccessBlockConfiguration",
        "The public access block configuration was not found",
    ),
)
_ENCRYPTION = Document(
    "encryption", "ServerSideEncryptionConfiguration", "ServerSideEncryptionConfiguration"
)

_NOTIFICATION = Document("notification", "NotificationConfiguration", None)

_OF_BUCKETS: Mapping[str, Handler] = {
    "CreateBucket": on_store(buckets.create_bucket),
    "DeleteBucket": on_bucket(buckets.delete_bucket),
    "GetBucketLocation": on_bucket(buckets.get_bucket_location),
    "GetBucketVersioning": on_bucket(buckets.get_bucket_versioning),
    "HeadBucket": on_bucket(buckets.head_bucket),
    "ListBuckets": on_store(buckets.list_buckets),
    "PutBucketVersioning": on_bucket(buckets.put_bucket_versioning),
    "DeleteBucketPolicy": on_bucket(policies.delete_bucket_policy),
    "GetBucketPolicy": on_bucket(policies.get_bucket_policy),
    "GetBucketPolicyStatus": on_bucket(policies.get_bucket_policy_status),
    "PutBucketPolicy": on_bucket(policies.put_bucket_policy),
    "DeleteBucketTagging": on_bucket(tagging.delete_bucket_tagging),
    "GetBucketAcl": on_bucket(tagging.get_bucket_acl),
    "GetBucketTagging": on_bucket(tagging.get_bucket_tagging),
    "PutBucketAcl": on_bucket(tagging.put_bucket_acl),
    "PutBucketTagging": on_bucket(tagging.put_bucket_tagging),
}
_OF_SETTINGS: Mapping[str, Handler] = {
    "DeleteBucketCors": on_bucket(_CORS.delete()),
    "DeleteBucketEncryption": on_bucket(_ENCRYPTION.delete()),
    "DeleteBucketOwnershipControls": on_bucket(_OWNERSHIP.delete()),
    "DeletePublicAccessBlock": on_bucket(_PUBLIC_ACCESS.delete()),
    "DeleteBucketLifecycle": on_bucket(lifecycle.delete_lifecycle),
    "GetBucketLifecycleConfiguration": on_bucket(lifecycle.get_lifecycle),
    "GetBucketLogging": on_bucket(access_logs.get_logging),
    "GetBucketNotificationConfiguration": on_bucket(_NOTIFICATION.get()),
    "PutBucketLifecycleConfiguration": lifecycle.put_lifecycle,
    "PutBucketLogging": on_bucket(access_logs.put_logging),
    "PutBucketNotificationConfiguration": notifications.put_configuration,
    "GetBucketAbac": on_bucket(settings.get_abac),
    "GetBucketAccelerateConfiguration": on_bucket(settings.get_accelerate),
    "GetBucketCors": on_bucket(_CORS.get()),
    "GetBucketEncryption": on_bucket(settings.get_encryption),
    "GetBucketOwnershipControls": on_bucket(_OWNERSHIP.get()),
    "GetBucketReplication": on_bucket(
        never(
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
        )
    ),
    "GetBucketRequestPayment": on_bucket(settings.get_request_payment),
    "GetBucketWebsite": on_bucket(
        never(
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration",
        )
    ),
    "GetObjectLockConfiguration": on_bucket(
        never(
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        )
    ),
    "GetPublicAccessBlock": on_bucket(_PUBLIC_ACCESS.get()),
    "PutBucketCors": on_bucket(settings.put_cors),
    "PutBucketEncryption": on_bucket(_ENCRYPTION.put()),
    "PutBucketOwnershipControls": on_bucket(_OWNERSHIP.put()),
    "PutPublicAccessBlock": on_bucket(settings.put_public_access_block),
}
_OF_OBJECTS: Mapping[str, Handler] = {
    "AbortMultipartUpload": on_bucket(uploading.abort_multipart_upload),
    "CompleteMultipartUpload": on_bucket(uploading.complete_multipart_upload, tell_changes),
    "CopyObject": on_bucket(copying.copy_object, tell_changes),
    "CreateMultipartUpload": on_bucket(uploading.create_multipart_upload),
    "DeleteObject": on_bucket(objects.delete_object, tell_changes),
    "DeleteObjectTagging": on_bucket(tagging.delete_object_tagging, tell_changes),
    "DeleteObjects": on_bucket(objects.delete_objects, tell_changes),
    "GetObject": on_bucket(objects.get_object),
    "GetObjectAcl": on_bucket(tagging.get_object_acl),
    "GetObjectAttributes": on_bucket(objects.get_object_attributes),
    "GetObjectTagging": on_bucket(tagging.get_object_tagging),
    "HeadObject": on_bucket(objects.head_object),
    "ListMultipartUploads": on_bucket(uploading.list_multipart_uploads),
    "ListObjectVersions": on_bucket(listing.list_object_versions),
    "ListObjects": on_bucket(listing.list_objects),
    "ListObjectsV2": on_bucket(listing.list_objects_v2),
    "ListParts": on_bucket(uploading.list_parts),
    "PutObject": on_bucket(objects.put_object, tell_changes),
    "PutObjectAcl": on_bucket(tagging.put_object_acl),
    "PutObjectTagging": on_bucket(tagging.put_object_tagging, tell_changes),
    "UploadPart": on_bucket(uploading.upload_part),
    "UploadPartCopy": on_bucket(copying.upload_part_copy),
}


def _resume(region: Region) -> None:
    """Go on with deliveries and with what is to be deleted in time."""
    notifications.deliveries_of(region).resume()
    lifecycle.follow(region)


IMPLEMENTATION = Implementation(
    handlers=MappingProxyType({**_OF_BUCKETS, **_OF_SETTINGS, **_OF_OBJECTS}),
    resume=_resume,
    resources=resources_of,
    condition_keys=condition_keys,
)
