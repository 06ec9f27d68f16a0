"""Policies that are part of a user, group or role."""

from typing import Any

from globaltables.companions.iam.documents import check_inline, encoded
from globaltables.companions.iam.paging import page
from globaltables.companions.iam.roles import check_unlinked
from globaltables.companions.iam.stored import change, need, no_such, reader_of, save
from globaltables.companions.service import Handler, ServiceCall
from globaltables.itemstore.stage import Stage


def inline_handlers() -> dict[str, Handler]:
    """Return the operations on inline policies by their names."""
    handlers: dict[str, Handler] = {}
    for kind in ("user", "group", "role"):
        noun = kind.capitalize()
        handlers[f"Put{noun}Policy"] = _put(kind)
        handlers[f"Get{noun}Policy"] = _get(kind)
        handlers[f"Delete{noun}Policy"] = _delete(kind)
        handlers[f"List{noun}Policies"] = _list(kind)
    return handlers


def _put(kind: str) -> Handler:
    async def put(call: ServiceCall) -> dict[str, Any]:
        name, text = call.request["PolicyName"], call.request["PolicyDocument"]

        def decide(stage: Stage) -> None:
            holder = need(kind, stage, call.account, call.request[f"{kind.capitalize()}Name"])
            if kind == "role":
                check_unlinked(holder)
            others = [one for key, one in holder["inline"].items() if key != name]
            check_inline(kind, holder["name"], [*others, text])
            holder["inline"][name] = text
            save(kind, stage, call.account, holder)

        await change(call, decide)
        return {}

    return put


def _get(kind: str) -> Handler:
    def get(call: ServiceCall) -> dict[str, Any]:
        noun, name = kind.capitalize(), call.request["PolicyName"]
        holder = need(kind, reader_of(call), call.account, call.request[f"{noun}Name"])
        if name not in holder["inline"]:
            raise _not_found(kind, name)
        text = encoded(holder["inline"][name])
        return {f"{noun}Name": holder["name"], "PolicyName": name, "PolicyDocument": text}

    return get


def _delete(kind: str) -> Handler:
    async def delete(call: ServiceCall) -> dict[str, Any]:
        name = call.request["PolicyName"]

        def decide(stage: Stage) -> None:
            holder = need(kind, stage, call.account, call.request[f"{kind.capitalize()}Name"])
            if name not in holder["inline"]:
                raise _not_found(kind, name)
            del holder["inline"][name]
            save(kind, stage, call.account, holder)

        await change(call, decide)
        return {}

    return delete


def _list(kind: str) -> Handler:
    def list_names(call: ServiceCall) -> dict[str, Any]:
        name = call.request[f"{kind.capitalize()}Name"]
        holder = need(kind, reader_of(call), call.account, name)
        found, rest = page(call, ((one, one) for one in holder["inline"]))
        return {"PolicyNames": found, **rest}

    return list_names


def _not_found(kind: str, name: str) -> Exception:
    return no_such(f"The {kind} policy with name {name} cannot be found.")
