"""What is kept: users, groups, roles, policies, instance profiles and access keys; their ids, ARNs and refusals."""

from base64 import b32encode
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from globaltables.companions.records import Document, Records
from globaltables.companions.service import ServiceCall
from globaltables.engine.interface import Reader
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.stage import Stage

USERS = Records("iam", "user")
GROUPS = Records("iam", "group")
ROLES = Records("iam", "role")
POLICIES = Records("iam", "policy")
#: What is attached of the policies that every account has.
AWS_POLICIES = Records("iam", "aws-policy")
PROFILES = Records("iam", "instance-profile")
ACCESS_KEYS = Records("iam", "access-key")
#: The account itself: its alias, its password policy, the keys of its root.
ACCOUNTS = Records("iam", "account")
ACCOUNT = "account"

#: The kinds that policies are attached to, as refusals and ARNs name them.
HOLDERS: Mapping[str, Records] = {"user": USERS, "group": GROUPS, "role": ROLES}

_Result = TypeVar("_Result")


async def change(call: ServiceCall, decide: Callable[[Stage], _Result]) -> _Result:
    """Do a change, and let everybody look at identities anew when it is durable."""
    result: _Result = await call.region.store.submit(decide)
    call.node.identities.changed()
    return result


def reader_of(call: ServiceCall) -> Reader:
    """Return what reads the records as they are now."""
    return call.region.store.reader()


def find(kind: str, reader: Reader | Stage, account: str, name: str) -> Document | None:
    """Return a user, group or role; names are unique whatever their case, and are asked for in their own."""
    found = HOLDERS[kind].get(reader, account, name.lower())
    return found if found is not None and found["name"] == name else None


def need(kind: str, reader: Reader | Stage, account: str, name: str) -> Document:
    """Return a user, group or role.

    Raises:
        ApiError: NoSuchEntity.
    """
    found = find(kind, reader, account, name)
    if found is None:
        raise no_such(f"The {kind} with name {name} cannot be found.")
    return found


def save(kind: str, stage: Stage, account: str, document: Document) -> None:
    """Stage a user, group or role."""
    HOLDERS[kind].put(stage, account, document["name"].lower(), document)


def drop(kind: str, stage: Stage, account: str, name: str) -> None:
    """Stage the end of a user, group or role."""
    HOLDERS[kind].put(stage, account, name.lower(), None)


def account_document(reader: Reader | Stage, account: str) -> Document:
    """Return what is kept of the account itself."""
    return ACCOUNTS.get(reader, account, ACCOUNT) or {"aliases": [], "keys": [], "passwords": None}


def save_account(stage: Stage, account: str, document: Document) -> None:
    """Stage what is kept of the account itself."""
    ACCOUNTS.put(stage, account, ACCOUNT, document)


def new_id(call: ServiceCall, prefix: str) -> str:
    """Return the unique id of something new, e.g. of a user with the prefix AIDA."""
    digits = "".join(call.region.randomness.uuid() for _ in range(2)).replace("-", "")
    # The first digits of a UUID are of chance, further on some are not.
    return prefix + b32encode(bytes.fromhex(digits[:10] + digits[32:44])).decode()[:17]


def now_s(call: ServiceCall) -> int:
    """Return the time in whole seconds, which is what IAM tells."""
    return call.region.clock.now_ms() // 1000


def arn(account: str, kind: str, path: str, name: str) -> str:
    """Return the ARN of a user, group, role, policy or instance profile."""
    return f"arn:aws:iam::{account}:{kind}{path}{name}"


def arn_of(kind: str, account: str, document: Document) -> str:
    """Return the ARN of what a document describes."""
    return arn(account, kind, document["path"], document["name"])


def new_holder(call: ServiceCall, name: str, id_prefix: str, *, tags: list[list[str]]) -> Document:
    """Return what users, groups and roles have in common when they are new."""
    return {
        "name": name,
        "path": call.request.get("Path", "/"),
        "id": new_id(call, id_prefix),
        "created_s": now_s(call),
        "attached": [],
        "inline": {},
        "boundary": None,
        "tags": tags,
    }


def boundary_of(document: Document) -> dict[str, str] | None:
    """Return the permissions boundary as responses tell it."""
    if not document["boundary"]:
        return None
    return {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": document["boundary"],
    }


def no_such(message: str) -> ApiError:
    """Return a NoSuchEntity."""
    return ApiError("NoSuchEntity", message, status=404)


def already_exists(message: str) -> ApiError:
    """Return an EntityAlreadyExists."""
    return ApiError("EntityAlreadyExists", message, status=409)


def delete_conflict(message: str) -> ApiError:
    """Return a DeleteConflict."""
    return ApiError("DeleteConflict", message, status=409)


def quota_exceeded(name: str, quota: int) -> ApiError:
    """Return a LimitExceeded."""
    return limit(f"Cannot exceed quota for {name}: {quota}")


def limit(message: str) -> ApiError:
    """Return a LimitExceeded in other words."""
    return ApiError("LimitExceeded", message, status=409)


def invalid_input(message: str) -> ApiError:
    """Return an InvalidInput."""
    return ApiError("InvalidInput", message)


def invalid(message: str) -> ApiError:
    """Return a ValidationError."""
    return ApiError("ValidationError", message)


def listed(pairs: list[list[str]]) -> list[dict[str, Any]]:
    """Return tags as responses tell them."""
    return [{"Key": key, "Value": value} for key, value in pairs]
