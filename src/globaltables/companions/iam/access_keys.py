"""Access keys of users, and of the account's root."""

from typing import Any

from globaltables.companions.iam.paging import page
from globaltables.companions.iam.stored import (
    ACCESS_KEYS,
    account_document,
    change,
    find,
    invalid,
    need,
    no_such,
    now_s,
    quota_exceeded,
    reader_of,
    save,
    save_account,
)
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.engine.interface import Reader
from globaltables.foundation.limits import IAM_ACCESS_KEYS_MAX
from globaltables.itemstore.stage import Stage
from globaltables.security.session_tokens import LASTING, account_of_access_key, new_access_key

_ACTIVE = "Active"


def user_name_of(call: ServiceCall) -> str:
    """Return the UserName of a request, without one that of the caller; empty for the root."""
    name: str = call.request.get("UserName", "")
    if name or call.principal.kind == "User":
        return name or call.principal.user_name
    if call.principal.kind != "Account":
        raise invalid("Must specify userName when calling with non-User credentials")
    return ""


async def create_access_key(call: ServiceCall) -> dict[str, Any]:
    """Make an access key; only this response tells its secret."""
    name = user_name_of(call)
    key: Document = {
        "id": new_access_key(LASTING, call.account),
        "user": name,
        "status": _ACTIVE,
        "created_s": now_s(call),
    }
    await change(call, lambda stage: add_key(stage, call.account, key))
    secret = call.node.identities.tokens.secret(key["id"])
    return {"AccessKey": {**_described(key), "SecretAccessKey": secret}}


def add_key(stage: Stage, account: str, key: Document) -> None:
    """Stage a new access key of a user, or of the root for no user.

    Raises:
        ApiError: NoSuchEntity, LimitExceeded.
    """
    owner = _owner(stage, account, key["user"])
    if len(owner["keys"]) >= IAM_ACCESS_KEYS_MAX:
        raise quota_exceeded("AccessKeysPerUser", IAM_ACCESS_KEYS_MAX)
    owner["keys"].append(key["id"])
    _save_owner(stage, account, key["user"], owner)
    ACCESS_KEYS.put(stage, account, key["id"], key)


async def update_access_key(call: ServiceCall) -> dict[str, Any]:
    """Make an access key usable or not."""
    name, key_id = user_name_of(call), call.request["AccessKeyId"]

    def decide(stage: Stage) -> None:
        key = _need_key(stage, call.account, name, key_id)
        ACCESS_KEYS.put(stage, call.account, key_id, key | {"status": call.request["Status"]})

    await change(call, decide)
    return {}


async def delete_access_key(call: ServiceCall) -> dict[str, Any]:
    """Remove an access key."""
    name, key_id = user_name_of(call), call.request["AccessKeyId"]

    def decide(stage: Stage) -> None:
        _need_key(stage, call.account, name, key_id)
        owner = _owner(stage, call.account, name)
        owner["keys"].remove(key_id)
        _save_owner(stage, call.account, name, owner)
        ACCESS_KEYS.put(stage, call.account, key_id, None)

    await change(call, decide)
    return {}


def list_access_keys(call: ServiceCall) -> dict[str, Any]:
    """List the access keys of a user."""
    reader, name = reader_of(call), user_name_of(call)
    keys = (key_of(reader, call.account, one) for one in _owner(reader, call.account, name)["keys"])
    found, rest = page(call, ((key["id"], key) for key in keys if key is not None))
    return {"AccessKeyMetadata": [_described(key) for key in found], **rest}


def get_access_key_last_used(call: ServiceCall) -> dict[str, Any]:
    """Tell when an access key was used last, as far as this process knows."""
    key_id = call.request["AccessKeyId"]
    key = key_of(reader_of(call), account_of_access_key(key_id) or "", key_id)
    if key is None:
        raise no_such(f"The Access Key with id {key_id} cannot be found.")
    used = call.node.identities.last_use(key_id)
    if used is None:
        last: dict[str, Any] = {"ServiceName": "N/A", "Region": "N/A"}
    else:
        last = {"LastUsedDate": used[0] // 1000, "ServiceName": used[1], "Region": used[2]}
    return {"UserName": key["user"] or "root", "AccessKeyLastUsed": last}


def key_of(reader: Reader | Stage, account: str, key_id: str) -> Document | None:
    """Return an access key."""
    plain = key_id.isalnum() and key_id.isascii()
    return ACCESS_KEYS.get(reader, account, key_id) if plain else None


def is_active(key: Document) -> bool:
    """Tell whether an access key may be used."""
    return bool(key["status"] == _ACTIVE)


def _need_key(stage: Stage, account: str, user_name: str, key_id: str) -> Document:
    if user_name and find("user", stage, account, user_name) is None:
        raise no_such(f"The user with name {user_name} cannot be found.")
    key = key_of(stage, account, key_id)
    if key is None or key["user"] != user_name:
        raise no_such(f"The Access Key with id {key_id} cannot be found.")
    return key


def _owner(reader: Reader | Stage, account: str, user_name: str) -> Document:
    if user_name:
        return need("user", reader, account, user_name)
    return account_document(reader, account)


def _save_owner(stage: Stage, account: str, user_name: str, owner: Document) -> None:
    if user_name:
        save("user", stage, account, owner)
    else:
        save_account(stage, account, owner)


def _described(key: Document) -> dict[str, Any]:
    return {
        "UserName": key["user"] or None,
        "AccessKeyId": key["id"],
        "Status": key["status"],
        "CreateDate": key["created_s"],
    }
