"""CreateAlias, UpdateAlias, DeleteAlias, ListAliases."""

import re
from collections.abc import Iterator
from typing import Any

from globaltables.companions.kms.errors import invalid, invalid_state, missing_key, not_found
from globaltables.companions.kms.finding import ALIASES, RESERVED, Asked, find_key
from globaltables.companions.kms.finding import page as listed
from globaltables.companions.kms.keys import Key, alias_arn, key_arn, load_key
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.stage import Stage

_NAME = re.compile(r"alias/[a-zA-Z0-9/_-]+\Z")
_PAGE = 50


async def create_alias(call: ServiceCall) -> dict[str, Any]:
    """Give a key another name."""
    name = _checked(call)
    key = await _target(call)
    now_ms = call.region.clock.now_ms()

    def decide(stage: Stage) -> None:
        _check_there(stage, call, key)
        if ALIASES.get(stage, call.account, name) is not None:
            arn = alias_arn(call.region.name, call.account, name)
            raise ApiError("AlreadyExistsException", f"An alias with the name {arn} already exists")
        alias = {"target": key.id, "created_ms": now_ms, "updated_ms": now_ms}
        ALIASES.put(stage, call.account, name, alias)

    await call.region.store.submit(decide)
    return {}


async def update_alias(call: ServiceCall) -> dict[str, Any]:
    """Let a name stand for another key of the same kind."""
    name = _checked(call)
    key = await _target(call)
    now_ms = call.region.clock.now_ms()

    def decide(stage: Stage) -> None:
        _check_there(stage, call, key)
        alias = _existing(stage, call, name)
        before = load_key(stage, call.account, alias["target"], now_ms)
        kind = (key.usage, key.symmetric)
        if before is not None and (before.usage, before.symmetric) != kind:
            raise invalid(
                "The current and new KMS key must be the same type (both symmetric or both asymmetric or "
                "both HMAC) and have the same key usage"
            )
        changed = alias | {"target": key.id, "updated_ms": now_ms}
        ALIASES.put(stage, call.account, name, changed)

    await call.region.store.submit(decide)
    return {}


async def delete_alias(call: ServiceCall) -> dict[str, Any]:
    """Forget a name; the key stays."""
    name = _checked(call)

    def decide(stage: Stage) -> None:
        _existing(stage, call, name)
        ALIASES.put(stage, call.account, name, None)

    await call.region.store.submit(decide)
    return {}


async def list_aliases(call: ServiceCall) -> dict[str, Any]:
    """List the names of the account's keys, or of one of them."""
    target = None
    if "KeyId" in call.request:
        target = (await find_key(call, call.request["KeyId"], aliases=False)).id
    return listed(call, "Aliases", _entries(call, target), _PAGE)


def drop_aliases(stage: Stage, key: Key) -> None:
    """Stage the end of every name of a key."""
    for name, alias in list(ALIASES.of_account(stage.applied, key.account)):
        if alias["target"] == key.id:
            ALIASES.put(stage, key.account, name, None)


def _entries(call: ServiceCall, target: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, alias in ALIASES.of_account(call.region.store.reader(), call.account):
        if target in (None, alias["target"]):
            yield (
                name,
                {
                    "AliasName": name,
                    "AliasArn": alias_arn(call.region.name, call.account, name),
                    "TargetKeyId": alias["target"],
                    "CreationDate": alias["created_ms"] / 1000,
                    "LastUpdatedDate": alias["updated_ms"] / 1000,
                },
            )


async def _target(call: ServiceCall) -> Key:
    identifier = call.request["TargetKeyId"]
    if "alias/" in identifier:
        raise invalid("Aliases must refer to keys. Not aliases")
    key = await find_key(call, identifier, aliases=False)
    if key.deletion_ms is not None:
        raise invalid_state(key, "is pending deletion.")
    return key


def _check_there(stage: Stage, call: ServiceCall, key: Key) -> None:
    """Check that a key is not deleted in this moment."""
    if load_key(stage, call.account, key.id, call.region.clock.now_ms()) is None:
        raise missing_key(key_arn(call.region.name, call.account, key.id))


def _existing(stage: Stage, call: ServiceCall, name: str) -> Document:
    alias = ALIASES.get(stage, call.account, name)
    if alias is None:
        arn = alias_arn(call.region.name, call.account, name)
        raise not_found(f"Alias {arn} is not found.")
    return alias


def _checked(call: ServiceCall) -> str:
    """Return the name in a request.

    Raises:
        ApiError: it is none, or one of AWS's own.
    """
    name: str = call.request["AliasName"]
    arn = Asked.by(call)
    if not name.startswith("alias/"):
        raise invalid("Invalid identifier")
    if name.startswith(RESERVED):
        raise ApiError("NotAuthorizedException", f"{arn.operation} is not allowed for {RESERVED}")
    if not _NAME.match(name):
        raise ApiError(
            "InvalidAliasNameException", "Alias contains invalid characters for an alias"
        )
    return name
