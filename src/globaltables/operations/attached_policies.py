"""What the operations on resource-based policies share: the resource that an ARN names, and the policy in its slot.

A table and each of its streams have a slot of their own. Texts and order of checks were measured on AWS
(aws-controllers-k8s/dynamodb-controller, docs/api-quirks, DDB-TABLE-205, 206, 209, 212, 213, 214, 236; moto's tests
that were verified on AWS).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from globaltables.foundation.arns import parse_table_arn, partition_of
from globaltables.foundation.errors import (
    ApiError,
    invalid_parameters,
    resource_in_use,
    resource_not_found,
    validation,
)
from globaltables.foundation.limits import POLICY_CHANGE_INTERVAL_MS, POLICY_PENDING_MS
from globaltables.itemstore.stage import Stage
from globaltables.operations.authorization import (
    check_account,
    check_stream_access,
    check_table_access,
)
from globaltables.operations.context import Call
from globaltables.operations.control_plane import table_not_found
from globaltables.replication.members import LEGACY
from globaltables.runtime.clock import stamp_ms
from globaltables.security.resource_policies import Slot
from globaltables.streams.shards import expired
from globaltables.tables.catalog import Catalog
from globaltables.tables.definitions import ResourcePolicy, Stream, Table

#: The ExpectedRevisionId of a policy that is not there yet.
_NO_POLICY = "NO_POLICY"


@dataclass(frozen=True, slots=True)
class Attachment:
    """What a ResourceArn names.

    Attributes:
        arn: as the request has it.
        table_name: of the table, or of the stream's table.
        label: of the stream; empty for the table.
    """

    arn: str
    table_name: str
    label: str

    @property
    def slot(self) -> Slot:
        """What the policy is attached to."""
        return "stream" if self.label else "table"

    @property
    def described(self) -> str:
        """The resource in AWS's sentences."""
        return f"stream {self.label}" if self.label else f"table {self.table_name}"


@dataclass(frozen=True, slots=True)
class Attached:
    """A resource as it is now, with its policy.

    Attributes:
        stream: None for the table itself.
    """

    table: Table
    stream: Stream | None

    @property
    def policy(self) -> ResourcePolicy | None:
        """The policy, or what is known of one that was removed."""
        return self.table.policy if self.stream is None else self.stream.policy

    def with_policy(self, policy: ResourcePolicy) -> Table:
        """Return the table's definition with another policy in the slot."""
        if self.stream is None:
            return replace(self.table, policy=policy)
        streams = tuple(
            replace(one, policy=policy) if one == self.stream else one for one in self.table.streams
        )
        return replace(self.table, streams=streams)


def attachment_of(call: Call) -> Attachment:
    """Return what the ResourceArn of a request names.

    Raises:
        ApiError: it is no ARN of a table or a stream of this account and region.
    """
    text: str = call.request["ResourceArn"]
    if not text.startswith("arn:"):
        raise invalid_parameters(f"ARNs must start with 'arn:': {text}")
    arn = parse_table_arn(text)
    if arn is None or arn.resource[:1] not in ((), ("index",), ("stream",)):
        raise invalid_parameters(f"Provided Arn is not a DynamoDB resource arn: {text}")
    check_account(call.access("", call.request), arn.account)
    if arn.region != call.region.name or arn.partition != partition_of(arn.region):
        raise invalid_parameters(f"Invalid resource Arn: {text}")
    match arn.resource:
        case ():
            return Attachment(text, arn.table_name, "")
        case ("stream", label) if label:
            return Attachment(text, arn.table_name, label)
    raise invalid_parameters(
        "Invalid resource arn provided, only table or stream is accepted. "
        f"Provided resource arn: {text}"
    )


def attached(call: Call, catalog: Catalog, attachment: Attachment, present: int) -> Attached:
    """Return the resource as it is now, when the caller may do this to it.

    Args:
        call: the request.
        catalog: of this moment.
        attachment: what the request names.
        present: the log's position now; a disabled stream is there for 24 hours.

    Raises:
        ApiError: ResourceNotFoundException, AccessDeniedException.
    """
    table = catalog.find(call.account, attachment.table_name)
    if table is None or table.restricted:
        raise table_not_found(attachment.table_name)
    stream = None
    if attachment.label:
        stream = next((one for one in table.streams if one.label == attachment.label), None)
        if stream is None or expired(stream, present):
            raise resource_not_found(
                f"Requested resource not found: Stream: {attachment.label} not found for Table: "
                f"{attachment.table_name}"
            )
    found = Attached(table, stream)
    if found.policy is not None or call.grant is not None:
        access = call.access("", call.request)
        if stream is None:
            check_table_access(access, table)
        else:
            check_stream_access(access, table, stream)
    return found


def policy_not_found(what: str) -> ApiError:
    """Return a PolicyNotFoundException."""
    return ApiError(
        "PolicyNotFoundException",
        f"Resource-based policy not found for the provided ResourceArn: {what}",
    )


def check_revision(
    attachment: Attachment, expected: str | None, policy: ResourcePolicy | None
) -> None:
    """Check the ExpectedRevisionId of a change.

    Raises:
        ApiError: PolicyNotFoundException when the policy has another one.
    """
    where = attachment.described
    match expected, policy:
        case None, _:
            return
        case str(), None if expected != _NO_POLICY:
            raise policy_not_found(
                f"Requested update for policy with revision id {expected}, "
                f"but {where} has no associated policy."
            )
        case str(), ResourcePolicy() if expected == _NO_POLICY:
            if policy.document:
                raise policy_not_found(
                    f"Requested policy update expecting none to be present for {where}, "
                    f"but a policy exists with revision id {policy.revision_ms}."
                )
        case str(), ResourcePolicy() if expected != str(policy.revision_ms):
            raise policy_not_found(
                f"Requested update for policy with revision id {expected}, but the policy "
                f"associated to target {where} has revision id {policy.revision_ms}."
            )


def check_changeable(call: Call, attachment: Attachment, found: Attached, now_ms: int) -> None:
    """Check that the policy may be changed now.

    Raises:
        ApiError: the table comes or goes, is of the old kind of global table, or the last change is too recent where
            changes take AWS's time.
    """
    table, policy = found.table, found.policy
    in_use = "Attempt to change a resource which is still in use: "
    if table.status in ("CREATING", "DELETING"):
        doing = "created" if table.status == "CREATING" else "deleted"
        raise resource_in_use(f"{in_use}Table is being {doing}: {table.name}")
    if table.global_table_version == LEGACY:
        raise validation(
            "Resource-based policies are not supported for global tables version 2017.11.29."
        )
    if policy is None or not call.region.settings.realistic:
        return
    if now_ms < policy.revision_ms + POLICY_PENDING_MS:
        kind = attachment.slot.capitalize()
        name = attachment.label or table.name
        raise resource_in_use(
            f"{in_use}{kind} is pending previous resource-based policy update: {name}"
        )
    free_ms = policy.revision_ms + POLICY_CHANGE_INTERVAL_MS
    if now_ms < free_ms:
        moment = datetime.fromtimestamp(free_ms / 1000, UTC).isoformat(timespec="milliseconds")
        raise ApiError(
            "ThrottlingException",
            f"Resource-based policy for {attachment.described} modified within the previous "
            f"{POLICY_CHANGE_INTERVAL_MS} milliseconds. Please try again after "
            f"{moment.replace('+00:00', 'Z')}.",
        )


def next_revision_ms(stage: Stage, policy: ResourcePolicy | None) -> int:
    """Return the revision of a change: its time, and greater than the last one's."""
    now_ms = stamp_ms(stage.tick())
    return now_ms if policy is None else max(now_ms, policy.revision_ms + 1)
