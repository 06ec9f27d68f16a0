"""Sessions of users and of those for whom users vouch."""

from dataclasses import replace
from typing import Any

from globaltables.companions.service import ServiceCall
from globaltables.companions.sts.sessions import (
    credentials,
    denied,
    packed_size,
    session_policies,
    session_tags,
)
from globaltables.foundation.limits import STS_ROOT_SECONDS_MAX, STS_USER_SECONDS_DEFAULT
from globaltables.security.principals import Principal


def get_session_token(call: ServiceCall) -> dict[str, Any]:
    """Make a session of the caller, who has lasting credentials."""
    caller = call.principal
    if caller.kind not in ("User", "Account") or caller.issued_ms:
        raise denied("Cannot call GetSessionToken with session credentials")
    session = replace(caller, issued_ms=call.region.clock.now_ms())
    return {"Credentials": credentials(call, session, _seconds(call))}


async def get_federation_token(call: ServiceCall) -> dict[str, Any]:
    """Make a session for somebody whom the caller names and vouches for."""
    caller, name = call.principal, call.request["Name"]
    if caller.kind not in ("User", "Account") or caller.issued_ms:
        raise denied("Cannot call GetFederationToken with session credentials")
    policies = await session_policies(call)
    user_id = f"{call.account}:{name}"
    federated = Principal(
        call.account,
        f"arn:aws:sts::{call.account}:federated-user/{name}",
        "FederatedUser",
        user_id=user_id,
        tags=tuple(session_tags(call).items()),
        session_policies=policies,
        issuer_arn=caller.arn,
        issued_ms=call.region.clock.now_ms(),
    )
    return {
        "Credentials": credentials(call, federated, _seconds(call)),
        "FederatedUser": {"FederatedUserId": user_id, "Arn": federated.arn},
        "PackedPolicySize": packed_size(policies),
    }


def _seconds(call: ServiceCall) -> int:
    """Return how long a session lasts; of the root an hour at most, whatever it asks for."""
    seconds: int = call.request.get("DurationSeconds", STS_USER_SECONDS_DEFAULT)
    return min(seconds, STS_ROOT_SECONDS_MAX) if call.principal.kind == "Account" else seconds
