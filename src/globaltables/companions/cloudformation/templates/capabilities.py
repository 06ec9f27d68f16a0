"""What a caller has to acknowledge before a template is carried out."""

from collections.abc import Iterable, Mapping
from typing import Any

from globaltables.companions.cloudformation.refusals import insufficient_capabilities
from globaltables.companions.cloudformation.templates.document import LANGUAGE_EXTENSIONS

IAM = "CAPABILITY_IAM"
NAMED_IAM = "CAPABILITY_NAMED_IAM"
AUTO_EXPAND = "CAPABILITY_AUTO_EXPAND"
#: By type, the property that gives a name to what it makes.
_NAMES: Mapping[str, str] = {
    "AWS::IAM::AccessKey": "",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": "",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": "",
}


def required(resources: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], str | None]:
    """Return the capabilities that resources need, and why in AWS's words.

    Args:
        resources: by logical id.
    """
    types = sorted({resource["Type"] for resource in resources.values()} & set(_NAMES))
    if not types:
        return [], None
    named = any(
        _NAMES.get(resource["Type"])
        and (resource.get("Properties") or {}).get(_NAMES[resource["Type"]])
        for resource in resources.values()
    )
    reason = f"The following resource(s) require capabilities: [{', '.join(types)}]"
    return [NAMED_IAM if named else IAM], reason


def check_capabilities(
    resources: Mapping[str, Mapping[str, Any]], transforms: Iterable[str], given: Iterable[str]
) -> None:
    """Check that the caller has acknowledged what a template does.

    Raises:
        ApiError: InsufficientCapabilitiesException.
    """
    acknowledged = set(given)
    if NAMED_IAM in acknowledged:
        acknowledged.add(IAM)
    if any(name != LANGUAGE_EXTENSIONS for name in transforms) and AUTO_EXPAND not in acknowledged:
        raise insufficient_capabilities([AUTO_EXPAND])
    missing = [one for one in required(resources)[0] if one not in acknowledged]
    if missing:
        raise insufficient_capabilities(missing)
