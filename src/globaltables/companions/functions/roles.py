"""What a function may do: the credentials of its role."""

from typing import Any

from globaltables.foundation.errors import ApiError
from globaltables.itemstore.region import Region
from globaltables.security.principals import Principal, aws_service

_SERVICE = "lambda.amazonaws.com"
_SECONDS = 3_600
_SESSION_CHARACTERS_MAX = 64


async def credentials_of(
    region: Region, account: str, role_arn: str, function_name: str
) -> dict[str, str]:
    """Return the variables with which a function's clients sign.

    Where identities are not checked, a role need not exist: then the account's number is the key, as for every client.

    Raises:
        ApiError: Lambda may not assume the role.
    """
    try:
        answer = await _assumed(region, account, role_arn, function_name)
    except ApiError:
        if checks_identities(region):
            raise
        return _plain(region, account)
    credentials = answer["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }


async def session_of(region: Region, account: str, role_arn: str, function_name: str) -> Principal:
    """Return who a function is when Lambda does something in its place.

    Raises:
        ApiError: Lambda may not assume the role.
    """
    role, name = role_arn.rpartition("/")[2], _session_name(function_name)
    arn = f"arn:aws:sts::{account}:assumed-role/{role}/{name}"
    user_id = ""
    if checks_identities(region):
        answer = await _assumed(region, account, role_arn, function_name)
        user_id = answer["AssumedRoleUser"]["AssumedRoleId"]
    return Principal(account, arn, "AssumedRole", user_id=user_id, role_arn=role_arn)


def checks_identities(region: Region) -> bool:
    """Tell whether roles have to be there: whether requests are checked against policies."""
    return region.settings.auth not in ("wellformed", "signature")


async def _assumed(
    region: Region, account: str, role_arn: str, function_name: str
) -> dict[str, Any]:
    answer: dict[str, Any] = await region.services.call(
        "sts",
        "AssumeRole",
        {
            "RoleArn": role_arn,
            "RoleSessionName": _session_name(function_name),
            "DurationSeconds": _SECONDS,
        },
        region=region.name,
        account=account,
        principal=aws_service(_SERVICE, account),
    )
    return answer


def _session_name(function_name: str) -> str:
    """Return the name of a function's sessions: it has two characters at least."""
    return function_name[:_SESSION_CHARACTERS_MAX].ljust(2, "_")


def _plain(region: Region, account: str) -> dict[str, str]:
    if region.settings.access_keys:
        key, secret = region.settings.access_keys[0]
        return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
    return {"AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "globaltables"}
