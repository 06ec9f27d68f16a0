"""Passwords of users for a console: that there is one is kept, and nothing that could be guessed from."""

from typing import Any

from globaltables.companions.iam.access_keys import user_name_of
from globaltables.companions.iam.stored import (
    already_exists,
    change,
    need,
    no_such,
    now_s,
    reader_of,
    save,
)
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.itemstore.stage import Stage


async def create_login_profile(call: ServiceCall) -> dict[str, Any]:
    """Give a user a password."""
    name = user_name_of(call)
    login = {
        "created_s": now_s(call),
        "reset": bool(call.request.get("PasswordResetRequired")),
    }

    def decide(stage: Stage) -> None:
        user = need("user", stage, call.account, name)
        if user["login"] is not None:
            raise already_exists(f"Login Profile for user {name} already exists.")
        save("user", stage, call.account, user | {"login": login})

    await change(call, decide)
    return {"LoginProfile": _described(name, login)}


def get_login_profile(call: ServiceCall) -> dict[str, Any]:
    """Tell whether a user has a password."""
    name = user_name_of(call)
    user = need("user", reader_of(call), call.account, name)
    return {"LoginProfile": _described(name, _login(user))}


async def update_login_profile(call: ServiceCall) -> dict[str, Any]:
    """Change a user's password."""
    name = user_name_of(call)

    def decide(stage: Stage) -> None:
        user = need("user", stage, call.account, name)
        reset = call.request.get("PasswordResetRequired", _login(user)["reset"])
        save("user", stage, call.account, user | {"login": _login(user) | {"reset": reset}})

    await change(call, decide)
    return {}


async def delete_login_profile(call: ServiceCall) -> dict[str, Any]:
    """Take a user's password away."""
    name = user_name_of(call)

    def decide(stage: Stage) -> None:
        user = need("user", stage, call.account, name)
        _login(user)
        save("user", stage, call.account, user | {"login": None})

    await change(call, decide)
    return {}


def _login(user: Document) -> dict[str, Any]:
    login: dict[str, Any] | None = user["login"]
    if login is None:
        raise no_such(f"Login Profile for User {user['name']} cannot be found.")
    return login


def _described(name: str, login: dict[str, Any]) -> dict[str, Any]:
    return {
        "UserName": name,
        "CreateDate": login["created_s"],
        "PasswordResetRequired": login["reset"],
    }
