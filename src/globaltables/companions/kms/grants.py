"""CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from globaltables.companions.kms.errors import (
    check_usable,
    dry_run,
    invalid,
    invalid_state,
    not_found,
)
from globaltables.companions.kms.finding import Asked, existing, find_key, new_id, page
from globaltables.companions.kms.keys import Key, Usage
from globaltables.companions.records import Document, Records
from globaltables.companions.service import ServiceCall
from globaltables.foundation.arns import partition_of
from globaltables.foundation.errors import ApiError, limit_exceeded
from globaltables.foundation.limits import KMS_GRANTS_MAX
from globaltables.itemstore.stage import Stage
from globaltables.runtime.randomness import new_bytes

_GRANTS = Records("kms", "grant")
_PAGE = 50
_TOKEN_BYTES = 120
_ALWAYS = frozenset({"DescribeKey", "CreateGrant", "RetireGrant"})
_OPERATIONS: Mapping[Usage, frozenset[str]] = MappingProxyType(
    {
        "ENCRYPT_DECRYPT": frozenset(
            {
                *("Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"),
                *("ReEncryptFrom", "ReEncryptTo", "GenerateDataKeyPair"),
                *("GenerateDataKeyPairWithoutPlaintext", "GetPublicKey"),
            }
        ),
        "SIGN_VERIFY": frozenset({"Sign", "Verify", "GetPublicKey"}),
        "GENERATE_VERIFY_MAC": frozenset({"GenerateMac", "VerifyMac"}),
    }
)
#: Members of a request that a grant consists of.
_MEMBERS = (
    *("Name", "Operations", "GranteePrincipal", "RetiringPrincipal"),
    *("GranteeServicePrincipal", "RetiringServicePrincipal", "Constraints"),
)


async def create_grant(call: ServiceCall) -> dict[str, Any]:
    """Let somebody do some things with a key; the same request with a name makes one grant."""
    request = call.request
    key = await find_key(call, request["KeyId"], aliases=False)
    check_usable(key)
    _check(key, request)
    if request.get("DryRun"):
        dry_run()
    grant = {member: request[member] for member in _MEMBERS if member in request}
    grant |= {
        "IssuingAccount": f"arn:{partition_of(call.region.name)}:iam::{call.account}:root",
        "CreationDate": call.region.clock.now_ms() / 1000,
        "tokens": [b64encode(new_bytes(_TOKEN_BYTES)).decode("ascii")],
    }
    asked, grant_id = Asked.by(call), new_id()

    def decide(stage: Stage) -> dict[str, Any]:
        existing(asked, stage, key.id)
        present = _of_key(stage, call.account, key.id)
        for known_id, known in present:
            if "Name" in request and _same(known, grant):
                # One more way to name it, because the first answer may have been lost.
                known["tokens"].append(grant["tokens"][0])
                _GRANTS.put(stage, call.account, f"{key.id}/{known_id}", known)
                return {"GrantId": known_id, "GrantToken": grant["tokens"][0]}
        if len(present) >= KMS_GRANTS_MAX:
            raise limit_exceeded(f"Key {key.arn} has reached its limit of grants.")
        _GRANTS.put(stage, call.account, f"{key.id}/{grant_id}", grant)
        return {"GrantId": grant_id, "GrantToken": grant["tokens"][0]}

    return await call.region.store.submit(decide)


async def list_grants(call: ServiceCall) -> dict[str, Any]:
    """List the grants of a key."""
    request = call.request
    key = await find_key(call, request["KeyId"], aliases=False)
    wanted = {
        member: request[member]
        for member in ("GranteePrincipal", "GranteeServicePrincipal")
        if member in request
    }
    entries = [
        (grant_id, _told(key.arn, grant_id, grant))
        for grant_id, grant in _of_key(call.region.store.reader(), call.account, key.id)
        if request.get("GrantId", grant_id) == grant_id
        and all(grant.get(member) == value for member, value in wanted.items())
    ]
    if "GrantId" in request and not entries:
        raise not_found(f"Grant ID {request['GrantId']} not found")
    return page(call, "Grants", entries, _PAGE)


async def list_retirable_grants(call: ServiceCall) -> dict[str, Any]:
    """List the grants that somebody may retire."""
    request, region = call.request, call.region
    members = ("RetiringPrincipal", "RetiringServicePrincipal")
    wanted = {member: request[member] for member in members if member in request}
    if not wanted:
        raise invalid("RetiringPrincipal must be specified")
    asked = Asked.by(call)
    entries = []
    for name, grant in _GRANTS.of_account(region.store.reader(), call.account):
        key_id, _, grant_id = name.partition("/")
        if all(grant.get(member) == value for member, value in wanted.items()):
            arn = existing(asked, region.store.reader(), key_id).arn
            entries.append((name, _told(arn, grant_id, grant)))
    return page(call, "Grants", entries, _PAGE)


async def retire_grant(call: ServiceCall) -> dict[str, Any]:
    """End a grant that is needed no more, named by its token or by key and id."""
    request = call.request
    by_id = "KeyId" in request and "GrantId" in request
    if by_id == ("GrantToken" in request):
        raise invalid("Either GrantToken, or both KeyId and GrantId must be specified.")
    if by_id:
        return await revoke_grant(call)
    if request.get("DryRun"):
        dry_run()

    def decide(stage: Stage) -> None:
        for name, _ in _GRANTS.of_account(stage.applied, call.account):
            current = _GRANTS.get(stage, call.account, name)
            if current is not None and request["GrantToken"] in current["tokens"]:
                _GRANTS.put(stage, call.account, name, None)
                return
        raise ApiError("InvalidGrantTokenException", "The grant token is not valid.")

    await call.region.store.submit(decide)
    return {}


async def revoke_grant(call: ServiceCall) -> dict[str, Any]:
    """End a grant."""
    request = call.request
    key = await find_key(call, request["KeyId"], aliases=False)
    if key.deletion_ms is not None:
        raise invalid_state(key, "is pending deletion.")
    name = f"{key.id}/{request['GrantId']}"

    def decide(stage: Stage) -> None:
        if _GRANTS.get(stage, call.account, name) is None:
            raise not_found(f"Grant ID {request['GrantId']} not found")
        if request.get("DryRun"):
            dry_run()
        _GRANTS.put(stage, call.account, name, None)

    await call.region.store.submit(decide)
    return {}


def drop_grants(stage: Stage, key: Key) -> None:
    """Stage the end of every grant of a key."""
    for grant_id, _ in _of_key(stage.applied, key.account, key.id):
        _GRANTS.put(stage, key.account, f"{key.id}/{grant_id}", None)


def _of_key(reader: Any, account: str, key_id: str) -> list[tuple[str, Document]]:
    """Return the grants of a key in the order of their ids, as a decision sees them or as they are stored."""
    return list(_grants(reader, account, key_id))


def _grants(reader: Any, account: str, key_id: str) -> Iterator[tuple[str, Document]]:
    applied = reader.applied if isinstance(reader, Stage) else reader
    for name, _ in _GRANTS.of_account(applied, account):
        owner, _, grant_id = name.partition("/")
        if owner == key_id and (grant := _GRANTS.get(reader, account, name)) is not None:
            yield grant_id, grant


def _check(key: Key, request: Mapping[str, Any]) -> None:
    """Check that a grant makes sense.

    Raises:
        ApiError: ValidationException.
    """
    if "GranteePrincipal" not in request and "GranteeServicePrincipal" not in request:
        raise invalid("GranteePrincipal must be specified")
    constraints = request.get("Constraints") or {}
    if not key.symmetric and constraints.keys() - {"SourceArn"}:
        raise invalid(
            "EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key."
        )
    allowed = _OPERATIONS[key.usage] | _ALWAYS
    unfit = [one for one in request["Operations"] if one not in allowed]
    if unfit:
        raise invalid(
            f"Grant operations {', '.join(unfit)} are not supported for key usage {key.usage}"
        )


def _same(known: Document, grant: Document) -> bool:
    return all(known.get(member) == grant.get(member) for member in _MEMBERS)


def _told(arn: str, grant_id: str, grant: Document) -> dict[str, Any]:
    told = {name: value for name, value in grant.items() if name != "tokens"}
    return told | {"KeyId": arn, "GrantId": grant_id, "Name": grant.get("Name", "")}
