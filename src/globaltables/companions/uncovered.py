"""Request members of the services around the tables that do less than on AWS, or are read under another name.

Every other member of an implemented operation stands as a text in its service's package; an architecture test checks
it. What is refused here is refused by the framework, for every service alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from globaltables.api.service_model import ServiceModel


class Effect(Enum):
    """What a member does, in the words of docs/coverage.md."""

    READ = "implemented"
    SAME = "without effect, as on AWS"
    REFUSED = "refused by name"
    LIMITED = "limited"


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A member.

    Attributes:
        service: the name that its requests are signed for.
        operation: AWS's name; EVERY for all that have the member.
        member: of the request.
        effect: what it does.
        reason: why, or how far; of one that is read, how.
        test: shows that a member is read, as file::name below tests/conformance/companions.
    """

    service: str
    operation: str
    member: str
    effect: Effect
    reason: str
    test: str = ""


EVERY = "*"


def _each(
    service: str,
    operation: str,
    members: tuple[str, ...],
    effect: Effect,
    reason: str,
    test: str = "",
) -> tuple[Uncovered, ...]:
    return tuple(Uncovered(service, operation, one, effect, reason, test) for one in members)


_CLOUDFORMATION = (
    Uncovered(
        "cloudformation",
        "ContinueUpdateRollback",
        "ForceRollback",
        Effect.REFUSED,
        "ResourcesToSkip names what is passed over",
    ),
    Uncovered(
        "cloudformation",
        "CreateChangeSet",
        "ImportExistingResources",
        Effect.LIMITED,
        "cdk bootstrap asks for it; what exists already makes its creation fail, ResourcesToImport takes it in",
    ),
    Uncovered(
        "cloudformation",
        "CreateChangeSet",
        "DeploymentMode",
        Effect.REFUSED,
        "drift is told of and not reverted",
    ),
    Uncovered(
        "cloudformation",
        "DescribeChangeSet",
        "IncludePropertyValues",
        Effect.LIMITED,
        "changes are told by the names of properties, without their values",
    ),
    Uncovered(
        "cloudformation", "GetTemplateSummary", "StackSetName", Effect.REFUSED, "no stack sets"
    ),
    Uncovered(
        "cloudformation",
        "GetTemplateSummary",
        "CallAs",
        Effect.SAME,
        "it says as whom stack sets are asked about, and there are none",
    ),
    *_each(
        "cloudformation",
        EVERY,
        ("StackPolicyURL", "StackPolicyDuringUpdateBody", "StackPolicyDuringUpdateURL"),
        Effect.READ,
        "the names are put together",
        "test_cloudformation_stack_policies.py::test_stack_policies_come_by_url_from_buckets",
    ),
)
_EVENTS = (
    *_each("events", EVERY, ("Force",), Effect.SAME, "no service makes rules that it manages"),
    Uncovered("events", "PutEvents", "EndpointId", Effect.REFUSED, "no global endpoints"),
)
_IAM = (
    *_each(
        "iam", EVERY, ("Password",), Effect.LIMITED, "not kept: there is no console to sign in to"
    ),
    Uncovered(
        "iam",
        "SimulateCustomPolicy",
        "OrderedOrganizationPolicyInputList",
        Effect.REFUSED,
        "no organizations",
    ),
    Uncovered("iam", EVERY, "ResourceHandlingOption", Effect.REFUSED, "scenarios of EC2"),
    Uncovered(
        "iam",
        "SimulatePrincipalPolicy",
        "PolicyExclusionList",
        Effect.REFUSED,
        "every policy of the source is simulated",
    ),
    *_each(
        "iam",
        "UpdateAccountPasswordPolicy",
        ("PasswordReusePrevention", "HardExpiry"),
        Effect.READ,
        "kept with the other rules and told again",
        "test_iam_account.py::test_password_policy_is_kept",
    ),
)
_KMS = (
    Uncovered(
        "kms",
        EVERY,
        "GrantTokens",
        Effect.LIMITED,
        "grants are in effect at once; tokens are not looked at",
    ),
    Uncovered("kms", "CreateKey", "XksKeyId", Effect.REFUSED, "no external key stores"),
    Uncovered("kms", EVERY, "DryRunModifiers", Effect.REFUSED, "a dry run checks everything"),
)
_LAMBDA = (
    Uncovered("lambda", "ListFunctions", "MasterRegion", Effect.REFUSED, "no Lambda@Edge"),
    Uncovered("lambda", EVERY, "PublishTo", Effect.REFUSED, "no $LATEST.PUBLISHED"),
    Uncovered(
        "lambda",
        "PutProvisionedConcurrencyConfig",
        "ProvisionedConcurrentExecutions",
        Effect.LIMITED,
        "the operation refuses by name: no environments are kept ready",
    ),
)
_LOGS = (
    Uncovered("logs", EVERY, "accountIdentifiers", Effect.REFUSED, "no account is linked"),
    Uncovered("logs", EVERY, "includeLinkedAccounts", Effect.SAME, "no account is linked"),
    Uncovered(
        "logs", "FilterLogEvents", "interleaved", Effect.SAME, "deprecated: events always are"
    ),
    Uncovered("logs", EVERY, "unmask", Effect.SAME, "nothing is masked"),
    Uncovered(
        "logs", "PutLogEvents", "sequenceToken", Effect.SAME, "deprecated: every one is right"
    ),
    Uncovered(
        "logs",
        "PutLogEvents",
        "entity",
        Effect.LIMITED,
        "not kept: no operation that is served tells it",
    ),
)
_MONITORING = (
    Uncovered(
        "monitoring",
        "DescribeAlarmHistory",
        "AlarmContributorId",
        Effect.REFUSED,
        "alarms have no contributors",
    ),
    Uncovered(
        "monitoring", "GetMetricData", "LabelOptions", Effect.LIMITED, "labels have no times of day"
    ),
    Uncovered("monitoring", "ListMetrics", "OwningAccount", Effect.REFUSED, "no account is linked"),
    Uncovered(
        "monitoring",
        "PutMetricData",
        "StrictEntityValidation",
        Effect.LIMITED,
        "entities are not kept, so none is found wrong",
    ),
)
_KEYS_OF_CUSTOMERS = "encryption with keys of customers (SSE-C)"
_LATER_CHECKSUMS = "checksums of the XXHASH family"
_DIGESTS = "test_s3_members.py::test_content_md5_of_documents_is_checked"
_CHECKSUMS = "test_s3_members.py::test_checksum_of_every_algorithm_is_checked"
_CONDITIONS = "test_s3_members.py::test_conditions_on_the_source_of_a_copy_hold"
_S3 = (
    *_each(
        "s3",
        EVERY,
        (
            "SSECustomerAlgorithm",
            "SSECustomerKey",
            "SSECustomerKeyMD5",
            "CopySourceSSECustomerAlgorithm",
            "CopySourceSSECustomerKey",
            "CopySourceSSECustomerKeyMD5",
        ),
        Effect.REFUSED,
        _KEYS_OF_CUSTOMERS,
    ),
    *_each(
        "s3",
        EVERY,
        ("ChecksumXXHASH64", "ChecksumXXHASH3", "ChecksumXXHASH128"),
        Effect.REFUSED,
        _LATER_CHECKSUMS,
    ),
    *_each(
        "s3",
        EVERY,
        (
            "ObjectLockEventHold",
            "ObjectLockEventHoldDurationDays",
            "ObjectLockEventHoldDurationYears",
        ),
        Effect.REFUSED,
        "no Object Lock",
    ),
    Uncovered("s3", EVERY, "MFA", Effect.REFUSED, "no MFA devices"),
    Uncovered(
        "s3", "AbortMultipartUpload", "IfMatchInitiatedTime", Effect.REFUSED, "no directory buckets"
    ),
    Uncovered("s3", EVERY, "RequestPayer", Effect.SAME, "the owner pays for every bucket"),
    Uncovered("s3", EVERY, "OptionalObjectAttributes", Effect.SAME, "no object is being restored"),
    Uncovered("s3", "CopyObject", "AnnotationDirective", Effect.SAME, "no object has annotations"),
    Uncovered(
        "s3",
        "PutBucketPolicy",
        "ConfirmRemoveSelfBucketAccess",
        Effect.LIMITED,
        "a policy that locks its author out is taken without it, too",
    ),
    Uncovered(
        "s3",
        EVERY,
        "SSEKMSEncryptionContext",
        Effect.LIMITED,
        "not kept: what an object is encrypted with is told and not done",
    ),
    Uncovered("s3", EVERY, "ContentMD5", Effect.READ, "as the header", _DIGESTS),
    *_each(
        "s3",
        EVERY,
        (
            "ChecksumCRC32",
            "ChecksumCRC32C",
            "ChecksumCRC64NVME",
            "ChecksumSHA1",
            "ChecksumSHA256",
            "ChecksumSHA512",
            "ChecksumMD5",
        ),
        Effect.READ,
        "as the header, or by the name of the algorithm",
        _CHECKSUMS,
    ),
    *_each(
        "s3",
        EVERY,
        (
            "CopySourceIfMatch",
            "CopySourceIfModifiedSince",
            "CopySourceIfNoneMatch",
            "CopySourceIfUnmodifiedSince",
        ),
        Effect.READ,
        "the names are put together",
        _CONDITIONS,
    ),
    *_each(
        "s3",
        EVERY,
        (
            "ResponseCacheControl",
            "ResponseContentDisposition",
            "ResponseContentEncoding",
            "ResponseContentLanguage",
        ),
        Effect.READ,
        "the names are put together",
        "test_s3_members.py::test_headers_of_the_answer_are_those_asked_for",
    ),
)
_MFA = "no MFA devices"
_STS = (
    *_each("sts", EVERY, ("SerialNumber", "TokenCode"), Effect.REFUSED, _MFA),
    Uncovered("sts", "AssumeRole", "ProvidedContexts", Effect.REFUSED, "no IAM Identity Center"),
    Uncovered(
        "sts", EVERY, "MinimumSessionTokenSize", Effect.REFUSED, "tokens are as long as they are"
    ),
    Uncovered(
        "sts",
        "DecodeAuthorizationMessage",
        "EncodedMessage",
        Effect.LIMITED,
        "no refusal has an encoded message, so that none is valid",
    ),
)
_QUEUES = (
    Uncovered(
        "sqs",
        "ReceiveMessage",
        "ReceiveRequestAttemptId",
        Effect.LIMITED,
        "a receive that is tried again does not get the messages of the first try",
    ),
)

UNCOVERED: tuple[Uncovered, ...] = (
    *_CLOUDFORMATION,
    *_EVENTS,
    *_IAM,
    *_KMS,
    *_LAMBDA,
    *_LOGS,
    *_MONITORING,
    *_S3,
    *_QUEUES,
    *_STS,
)


def refused_members(service: str, model: ServiceModel) -> Mapping[str, Mapping[str, str]]:
    """Return the members that a service refuses with the reason for each, by operation.

    Args:
        service: the name that its requests are signed for.
        model: of the service.
    """
    entries = [
        entry for entry in UNCOVERED if entry.service == service and entry.effect is Effect.REFUSED
    ]
    found = {
        name: {
            entry.member: entry.reason
            for entry in entries
            if entry.operation in (EVERY, name) and entry.member in members_of(model, name)
        }
        for name in model.operations
    }
    return {name: members for name, members in found.items() if members}


def members_of(model: ServiceModel, operation: str) -> tuple[str, ...]:
    """Return the names of the members of an operation's requests."""
    shape = model.operations[operation].input
    return tuple(model.shapes[shape["shape"]].get("members", {})) if shape else ()
