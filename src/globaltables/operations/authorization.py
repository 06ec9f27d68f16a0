"""Whether a caller may do what an operation does to a table, an index or a stream.

Without a grant every caller is the root of its account, whom only a resource's policy can limit or let into another
account; a grant knows what the caller's own policies say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from globaltables.foundation.arns import index_arn, stream_arn, table_arn
from globaltables.foundation.errors import ApiError, validation
from globaltables.foundation.settings import VpcEndpoint
from globaltables.security.condition_keys import RequestKeys
from globaltables.security.global_condition_keys import Origin
from globaltables.security.identities import Grant
from globaltables.security.policies.denials import denial
from globaltables.security.policies.evaluation import evaluate, root_policies
from globaltables.security.policies.matching import AccessRequest
from globaltables.security.principals import Principal
from globaltables.security.resource_policies import (
    CROSS_ACCOUNT_ACTIONS,
    STREAM_ACTIONS,
    TABLE_ACTIONS,
    policy_of,
)
from globaltables.tables.definitions import ResourcePolicy, Stream, Table


@dataclass(frozen=True, slots=True)
class Access:
    """What is to be allowed.

    Attributes:
        caller: who asks.
        operation: what was called, e.g. "TransactWriteItems".
        action: what that does, as policies name it, e.g. "PutItem".
        request: all of it.
        members: the request, or the part of it that is about one table.
        region: where it arrived.
        now_ms: the time.
        origin: the connection; None inside the process.
        vpc_endpoints: which addresses come through which endpoint.
        grant: what the caller's own policies say; None where they do not count.
    """

    caller: Principal
    operation: str
    action: str
    request: Mapping[str, Any]
    members: Mapping[str, Any]
    region: str
    now_ms: int
    origin: Origin | None
    vpc_endpoints: tuple[VpcEndpoint, ...] = ()
    grant: Grant | None = None


#: An access that no condition was asked about: action, region, account, table, index.
Settled = tuple[str, str, str, str, str | None]


def check_table_access(access: Access, table: Table) -> None:
    """Check an access to a table, or to the index that the request names.

    Raises:
        ApiError: it is not allowed.
    """
    check_account(access, table.account)
    governed = access.action in TABLE_ACTIONS
    if not governed and access.grant is None:
        return
    index = access.members.get("IndexName")
    if index is None:
        arn = table_arn(table.region, table.account, table.name)
    else:
        arn = index_arn(table.region, table.account, table.name, index)
    policy = table.policy if governed else None
    keys = _keys(access, table)
    _check(access, _request(access, arn, table.account, keys), policy)
    if access.grant is not None and policy is None and not keys.asked:
        settled: Settled = (access.action, table.region, table.account, table.name, index)
        access.grant.settle(settled)


def check_absent_table(access: Access, account: str, name: str) -> None:
    """Check an access to a table that is not there: only who may use it learns that.

    Raises:
        ApiError: it is not allowed.
    """
    check_account(access, account)
    check_resource(access, table_arn(access.region, account, name), account)


def check_resource(access: Access, arn: str, account: str) -> None:
    """Check an access to something that has no policy of its own.

    Raises:
        ApiError: it is not allowed.
    """
    _check(access, _request(access, arn, account, _keys(access, None)), None)


def refuse_foreign_table(access: Access, account: str, name: str) -> NoReturn:
    """Refuse an access to another account's table that is not there or has no policy: the two look alike.

    Raises:
        ApiError: always.
    """
    _refuse_foreign(access, table_arn(access.region, account, name), account)


def check_stream_access(access: Access, table: Table, stream: Stream) -> None:
    """Check an access to a stream, which the table's policy is not about.

    Raises:
        ApiError: it is not allowed.
    """
    check_account(access, table.account)
    if access.action in STREAM_ACTIONS:
        arn = stream_arn(table.region, table.account, table.name, stream.label)
        _check(access, _request(access, arn, table.account, _keys(access, table)), stream.policy)


def refuse_foreign_resource(access: Access, arn: str, account: str) -> NoReturn:
    """Refuse an access to a resource of another account that has no policy or is not there.

    Raises:
        ApiError: always.
    """
    _refuse_foreign(access, arn, account)


def check_account(access: Access, account: str) -> None:
    """Check that an action may be asked for by callers of other accounts at all.

    Raises:
        ApiError: ValidationException.
    """
    if account != access.caller.account and access.action not in CROSS_ACCOUNT_ACTIONS:
        raise validation(
            "This action is only supported by accounts that match the resource owner’s account."  # noqa: RUF001 - AWS's
        )


def refusal_of(access: Access, arn: str, table: Table, policy: ResourcePolicy | None) -> str | None:
    """Return AWS's text of the refusal of an access under a policy; None when it is allowed."""
    return _refusal(access, _request(access, arn, table.account, _keys(access, table)), policy)


def _refusal(access: Access, request: AccessRequest, policy: ResourcePolicy | None) -> str | None:
    document = None if policy is None or not policy.document else policy_of(policy.document)
    if access.grant is None:
        decision = evaluate(request, root_policies(document))
    else:
        decision = access.grant.decide(request, document)
    return None if decision.allowed else denial(request, decision)


def _check(access: Access, request: AccessRequest, policy: ResourcePolicy | None) -> None:
    refusal = _refusal(access, request, policy)
    if refusal is not None:
        raise ApiError("AccessDeniedException", refusal)


def _refuse_foreign(access: Access, arn: str, account: str) -> NoReturn:
    check_account(access, account)
    refusal = _refusal(access, _request(access, arn, account, _keys(access, None)), None)
    assert refusal is not None, "nobody is let into another account without a policy of it"
    raise ApiError("AccessDeniedException", refusal)


def _keys(access: Access, table: Table | None) -> RequestKeys:
    return RequestKeys(
        access.caller,
        access.operation,
        access.action,
        access.request,
        access.members,
        table,
        access.region,
        access.now_ms,
        access.origin,
        access.vpc_endpoints,
    )


def _request(access: Access, arn: str, account: str, keys: RequestKeys) -> AccessRequest:
    # An operation of ours or of another service's brings its prefix.
    action = access.action if ":" in access.action else f"dynamodb:{access.action}"
    return AccessRequest(access.caller, action, arn, account, keys)
