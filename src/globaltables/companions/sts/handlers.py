"""Every operation of the service that is served."""

from collections.abc import Sequence
from types import MappingProxyType

from globaltables.companions.service import Implementation, ServiceCall
from globaltables.companions.sts import assumed_roles, identity, tokens


def _resources(call: ServiceCall) -> Sequence[str]:
    """Return the ARNs that a call is about; AssumeRole asks for itself, under the role's trust policy."""
    if call.operation == "AssumeRole":
        return ()
    if call.operation == "GetFederationToken":
        return (f"arn:aws:sts::{call.account}:federated-user/{call.request['Name']}",)
    return ("*",)


IMPLEMENTATION = Implementation(
    handlers=MappingProxyType(
        {
            "AssumeRole": assumed_roles.assume_role,
            "DecodeAuthorizationMessage": identity.decode_authorization_message,
            "GetAccessKeyInfo": identity.get_access_key_info,
            "GetCallerIdentity": identity.get_caller_identity,
            "GetFederationToken": tokens.get_federation_token,
            "GetSessionToken": tokens.get_session_token,
        }
    ),
    resources=_resources,
)
