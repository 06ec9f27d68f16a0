"""As whom services reach their targets: the one place that decides it."""

from globaltables.companions.records import Document
from globaltables.itemstore.region import Region
from globaltables.security.principals import Principal, account_root, aws_service

_SESSION_SECONDS = 3_600
_UNCHECKED = ("wellformed", "signature")


async def acting_for(region: Region, document: Document) -> Principal:
    """Return who asks a delivery's target: the role of the target, else the account that has the rule or schedule.

    Where requests are checked against policies, the role has to be there and let the service in.

    Raises:
        ApiError: it does not.
    """
    account, role = document["account"], document["role"]
    if role is None or region.settings.auth in _UNCHECKED:
        return account_root(account)
    service = document["lane"].split(":")[2]
    answer = await region.services.call(
        "sts",
        "AssumeRole",
        {"RoleArn": role, "RoleSessionName": service, "DurationSeconds": _SESSION_SECONDS},
        region=region.name,
        account=account,
        principal=aws_service(f"{service}.amazonaws.com", account),
    )
    user = answer["AssumedRoleUser"]
    return Principal(
        account, user["Arn"], "AssumedRole", user_id=user["AssumedRoleId"], role_arn=role
    )
