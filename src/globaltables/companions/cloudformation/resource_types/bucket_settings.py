"""The settings of buckets: how each property is written in the form of S3's API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from globaltables.companions.cloudformation.requests import request_of
from globaltables.companions.cloudformation.templates.parameters import text_of

Given = Mapping[str, Any]
_ACLS: Mapping[str, str] = MappingProxyType(
    {
        "Private": "private",
        "PublicRead": "public-read",
        "PublicReadWrite": "public-read-write",
        "AuthenticatedRead": "authenticated-read",
        "LogDeliveryWrite": "log-delivery-write",
        "BucketOwnerRead": "bucket-owner-read",
        "BucketOwnerFullControl": "bucket-owner-full-control",
        "AwsExecRead": "aws-exec-read",
    }
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One property of a bucket.

    Attributes:
        put: the operation that sets it.
        delete: the operation that takes it away; empty where an empty setting does.
        members: of the operation, from the property.
    """

    put: str
    delete: str
    members: Callable[[Any], dict[str, Any]]


def _encryption(given: Given) -> dict[str, Any]:
    rules = []
    for rule in given["ServerSideEncryptionConfiguration"]:
        default = rule.get("ServerSideEncryptionByDefault") or {}
        made: dict[str, Any] = {}
        if default:
            made["ApplyServerSideEncryptionByDefault"] = default
        if "BucketKeyEnabled" in rule:
            made["BucketKeyEnabled"] = rule["BucketKeyEnabled"]
        rules.append(made)
    wanted = {"ServerSideEncryptionConfiguration": {"Rules": rules}}
    return request_of("s3", "PutBucketEncryption", wanted)


def _lifecycle(given: Given) -> dict[str, Any]:
    rules = []
    for rule in given["Rules"]:
        made = {
            key: rule[key] for key in ("Status", "AbortIncompleteMultipartUpload") if key in rule
        }
        if "Id" in rule:
            made["ID"] = rule["Id"]
        made["Filter"] = _lifecycle_filter(rule)
        expiration = {
            name: rule[source]
            for source, name in (
                ("ExpirationInDays", "Days"),
                ("ExpirationDate", "Date"),
                ("ExpiredObjectDeleteMarker", "ExpiredObjectDeleteMarker"),
            )
            if source in rule
        }
        if expiration:
            made["Expiration"] = expiration
        older = rule.get("NoncurrentVersionExpiration") or {}
        if "NoncurrentVersionExpirationInDays" in rule:
            older = {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]}
        if older:
            made["NoncurrentVersionExpiration"] = older
        moves = list(rule.get("Transitions") or ())
        moves += [rule["Transition"]] if "Transition" in rule else []
        if moves:
            made["Transitions"] = [
                {
                    key: value
                    for key, value in (
                        ("Days", move.get("TransitionInDays")),
                        ("Date", move.get("TransitionDate")),
                        ("StorageClass", move["StorageClass"]),
                    )
                    if value is not None
                }
                for move in moves
            ]
        rules.append(made)
    wanted = {"LifecycleConfiguration": {"Rules": rules}}
    return request_of("s3", "PutBucketLifecycleConfiguration", wanted)


def _lifecycle_filter(rule: Given) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    if "Prefix" in rule:
        parts["Prefix"] = rule["Prefix"]
    for name in ("ObjectSizeGreaterThan", "ObjectSizeLessThan"):
        if name in rule:
            parts[name] = int(rule[name])
    tags = rule.get("TagFilters") or []
    if len(tags) + len(parts) > 1:
        return {"And": {**parts, **({"Tags": tags} if tags else {})}}
    if tags:
        return {"Tag": tags[0]}
    return parts or {"Prefix": ""}


def _cors(given: Given) -> dict[str, Any]:
    rules = []
    for rule in given["CorsRules"]:
        made = {
            key: rule[key]
            for key in ("AllowedHeaders", "AllowedMethods", "AllowedOrigins")
            if key in rule
        }
        for source, name in (
            ("ExposedHeaders", "ExposeHeaders"),
            ("MaxAge", "MaxAgeSeconds"),
            ("Id", "ID"),
        ):
            if source in rule:
                made[name] = rule[source]
        rules.append(made)
    return request_of("s3", "PutBucketCors", {"CORSConfiguration": {"CORSRules": rules}})


def _notifications(given: Given) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for source, target, function, arn in (
        ("LambdaConfigurations", "LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"),
        ("QueueConfigurations", "QueueConfigurations", "Queue", "QueueArn"),
        ("TopicConfigurations", "TopicConfigurations", "Topic", "TopicArn"),
    ):
        entries = []
        for entry in given.get(source) or ():
            one = {arn: entry[function], "Events": [entry["Event"]]}
            key = (entry.get("Filter") or {}).get("S3Key")
            if key is not None:
                one["Filter"] = {"Key": {"FilterRules": key["Rules"]}}
            entries.append(one)
        if entries:
            made[target] = entries
    bridge = given.get("EventBridgeConfiguration")
    if bridge is not None and bridge.get("EventBridgeEnabled", True):
        made["EventBridgeConfiguration"] = {}
    return {"NotificationConfiguration": made}


def _logging(given: Given) -> dict[str, Any]:
    if not given:
        return {"BucketLoggingStatus": {}}
    target = {"TargetPrefix": given.get("LogFilePrefix", "")}
    if "DestinationBucketName" in given:
        target["TargetBucket"] = given["DestinationBucketName"]
    return {"BucketLoggingStatus": {"LoggingEnabled": target}}


def _website(given: Given) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if "IndexDocument" in given:
        made["IndexDocument"] = {"Suffix": given["IndexDocument"]}
    if "ErrorDocument" in given:
        made["ErrorDocument"] = {"Key": given["ErrorDocument"]}
    if "RedirectAllRequestsTo" in given:
        made["RedirectAllRequestsTo"] = given["RedirectAllRequestsTo"]
    if "RoutingRules" in given:
        made["RoutingRules"] = [
            {
                "Redirect": rule["RedirectRule"],
                **(
                    {"Condition": rule["RoutingRuleCondition"]}
                    if "RoutingRuleCondition" in rule
                    else {}
                ),
            }
            for rule in given["RoutingRules"]
        ]
    return request_of("s3", "PutBucketWebsite", {"WebsiteConfiguration": made})


def _acl(given: Any) -> dict[str, Any]:
    return {"ACL": _ACLS.get(text_of(given), text_of(given)) if given else "private"}


def _versioning(given: Given) -> dict[str, Any]:
    return {"VersioningConfiguration": {"Status": given.get("Status", "Suspended")}}


def _ownership(given: Given) -> dict[str, Any]:
    return {"OwnershipControls": {"Rules": given["Rules"]}}


def _access_block(given: Given) -> dict[str, Any]:
    wanted = {"PublicAccessBlockConfiguration": dict(given)}
    return request_of("s3", "PutPublicAccessBlock", wanted)


#: By property, in the order in which they are set: access to a bucket is closed before it is opened.
SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        "OwnershipControls": Setting(
            "PutBucketOwnershipControls", "DeleteBucketOwnershipControls", _ownership
        ),
        "PublicAccessBlockConfiguration": Setting(
            "PutPublicAccessBlock", "DeletePublicAccessBlock", _access_block
        ),
        "AccessControl": Setting("PutBucketAcl", "", _acl),
        "BucketEncryption": Setting("PutBucketEncryption", "DeleteBucketEncryption", _encryption),
        "VersioningConfiguration": Setting("PutBucketVersioning", "", _versioning),
        "LifecycleConfiguration": Setting(
            "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle", _lifecycle
        ),
        "CorsConfiguration": Setting("PutBucketCors", "DeleteBucketCors", _cors),
        "LoggingConfiguration": Setting("PutBucketLogging", "", _logging),
        "NotificationConfiguration": Setting(
            "PutBucketNotificationConfiguration", "", _notifications
        ),
        "WebsiteConfiguration": Setting("PutBucketWebsite", "DeleteBucketWebsite", _website),
    }
)
