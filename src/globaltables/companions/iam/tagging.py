"""Tags of users, roles, policies and instance profiles."""

from collections.abc import Callable
from typing import Any

from globaltables.companions.iam.managed import find_policy
from globaltables.companions.iam.paging import page
from globaltables.companions.iam.stored import (
    POLICIES,
    PROFILES,
    change,
    invalid_input,
    listed,
    need,
    no_such,
    reader_of,
    save,
)
from globaltables.companions.records import Document
from globaltables.companions.service import Handler, ServiceCall
from globaltables.engine.interface import Reader
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import IAM_TAGS_MAX
from globaltables.itemstore.stage import Stage

#: Finds what a request names, and stages it.
_Find = Callable[[ServiceCall, Reader | Stage], Document]
_Save = Callable[[ServiceCall, Stage, Document], None]


def checked_tags(call: ServiceCall) -> list[list[str]]:
    """Return the tags of a request for something new.

    Raises:
        ApiError: InvalidInput.
    """
    return _merged([], call.request.get("Tags") or [])


def _merged(present: list[list[str]], tags: list[dict[str, str]]) -> list[list[str]]:
    """Return tags with others added; names differ by more than case."""
    names = [tag["Key"].lower() for tag in tags]
    if len(set(names)) < len(names):
        raise invalid_input(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    if any(name.startswith("aws:") for name in names):
        raise invalid_input("System tags starting with aws: cannot be modified.")
    kept = [pair for pair in present if pair[0].lower() not in names]
    merged = [*kept, *([tag["Key"], tag["Value"]] for tag in tags)]
    if len(merged) > IAM_TAGS_MAX:
        raise ApiError(
            "LimitExceeded",
            f"The number of tags has reached the maximum limit: {IAM_TAGS_MAX}",
            status=409,
        )
    return sorted(merged)


def _tag(find: _Find, save_it: _Save) -> Handler:
    async def tag(call: ServiceCall) -> dict[str, Any]:
        def decide(stage: Stage) -> None:
            found = find(call, stage)
            save_it(call, stage, found | {"tags": _merged(found["tags"], call.request["Tags"])})

        await change(call, decide)
        return {}

    return tag


def _untag(find: _Find, save_it: _Save) -> Handler:
    async def untag(call: ServiceCall) -> dict[str, Any]:
        gone = {name.lower() for name in call.request["TagKeys"]}

        def decide(stage: Stage) -> None:
            found = find(call, stage)
            kept = [pair for pair in found["tags"] if pair[0].lower() not in gone]
            save_it(call, stage, found | {"tags": kept})

        await change(call, decide)
        return {}

    return untag


def _list(find: _Find) -> Handler:
    def list_tags(call: ServiceCall) -> dict[str, Any]:
        tags = find(call, reader_of(call))["tags"]
        found, rest = page(call, ((pair[0], pair) for pair in tags))
        return {"Tags": listed(found), **rest}

    return list_tags


def _user(call: ServiceCall, reader: Reader | Stage) -> Document:
    return need("user", reader, call.account, call.request["UserName"])


def _role(call: ServiceCall, reader: Reader | Stage) -> Document:
    return need("role", reader, call.account, call.request["RoleName"])


def _policy(call: ServiceCall, reader: Reader | Stage) -> Document:
    arn = call.request["PolicyArn"]
    found = None if ":aws:policy" in arn else find_policy(reader, call.account, arn)
    if found is None:
        raise no_such(f"Policy {arn} does not exist or is not attachable.")
    return found


def _profile(call: ServiceCall, reader: Reader | Stage) -> Document:
    name = call.request["InstanceProfileName"]
    found = PROFILES.get(reader, call.account, name.lower())
    if found is None:
        raise no_such(f"Instance Profile {name} cannot be found.")
    return found


def _save_user(call: ServiceCall, stage: Stage, document: Document) -> None:
    save("user", stage, call.account, document)


def _save_role(call: ServiceCall, stage: Stage, document: Document) -> None:
    save("role", stage, call.account, document)


def _save_policy(call: ServiceCall, stage: Stage, document: Document) -> None:
    POLICIES.put(stage, call.account, document["name"].lower(), document)


def _save_profile(call: ServiceCall, stage: Stage, document: Document) -> None:
    PROFILES.put(stage, call.account, document["name"].lower(), document)


def tagging_handlers() -> dict[str, Handler]:
    """Return the operations on tags by their names."""
    kinds: dict[str, tuple[_Find, _Save]] = {
        "User": (_user, _save_user),
        "Role": (_role, _save_role),
        "Policy": (_policy, _save_policy),
        "InstanceProfile": (_profile, _save_profile),
    }
    handlers: dict[str, Handler] = {}
    for kind, (find, save_it) in kinds.items():
        handlers[f"Tag{kind}"] = _tag(find, save_it)
        handlers[f"Untag{kind}"] = _untag(find, save_it)
        handlers[f"List{kind}Tags"] = _list(find)
    return handlers
