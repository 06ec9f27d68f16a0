"""Who a caller is, and whose an access key is."""

from typing import Any

from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.security.session_tokens import LASTING, TEMPORARY, account_of_access_key


def get_caller_identity(call: ServiceCall) -> dict[str, Any]:
    """Tell the caller who it is."""
    caller = call.principal
    return {"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn}


def get_access_key_info(call: ServiceCall) -> dict[str, Any]:
    """Tell the account that an access key is of, which its id says; the key need not be there."""
    key_id = call.request["AccessKeyId"]
    account = account_of_access_key(key_id) if key_id.startswith((LASTING, TEMPORARY)) else None
    if account is None:
        raise ApiError("ValidationError", "Invalid AccessKeyId")
    return {"Account": account}


def decode_authorization_message(call: ServiceCall) -> dict[str, Any]:
    """Refuse every message: no refusal here has an encoded one."""
    raise ApiError(
        "InvalidAuthorizationMessageException",
        "Message is not valid: it was not encoded by this service",
    )
