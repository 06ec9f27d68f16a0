"""What policies would decide, by the same evaluator that decides on requests."""

from dataclasses import dataclass
from typing import Any

from globaltables.companions.iam.managed import find_policy, text_of
from globaltables.companions.iam.paging import page
from globaltables.companions.iam.source import user_principal
from globaltables.companions.iam.statement_positions import statement_span
from globaltables.companions.iam.stored import find, invalid_input, no_such, reader_of
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.engine.interface import Reader
from globaltables.security.global_condition_keys import ServiceKeys
from globaltables.security.policies.documents import Policy, PolicyKind
from globaltables.security.policies.evaluation import AppliedPolicies, evaluate
from globaltables.security.policies.matching import AccessRequest, is_about
from globaltables.security.policies.parsing import parse
from globaltables.security.policies.patterns import variables_of
from globaltables.security.principals import Principal, account_root

_BOUNDARY = "PermissionsBoundaryPolicyInputList"


@dataclass(frozen=True, slots=True)
class _Source:
    """A policy with what a result says of where it stands."""

    name: str
    type: str
    text: str
    policy: Policy


class _Entries:
    """The condition keys of a simulation; remembers which were asked for in vain."""

    def __init__(self, call: ServiceCall, caller: Principal) -> None:
        self._given = {
            entry["ContextKeyName"].lower(): tuple(entry.get("ContextKeyValues") or ())
            for entry in call.request.get("ContextEntries") or ()
            if "ContextKeyName" in entry
        }
        now_ms = call.region.clock.now_ms()
        self._known = ServiceKeys(
            caller, call.region.name, now_ms, None, (), {}, caller.account, own=self._given
        )
        self.missing: dict[str, None] = {}

    def values(self, key: str) -> tuple[str, ...] | None:
        """Return the values of a key."""
        values = self._known.values(key)
        if values is None:
            self.missing[key] = None
        return values


def simulate_custom(call: ServiceCall) -> dict[str, Any]:
    """Simulate policies that a request brings."""
    caller = _caller(call, account_root(call.account))
    return _simulated(call, _given(call, "PolicyInputList"), None, caller)


def simulate_principal(call: ServiceCall) -> dict[str, Any]:
    """Simulate the policies of a user, group or role, with further ones that a request brings."""
    reader, request = reader_of(call), call.request
    kind, holder = _holder(call, reader)
    sources = _sources(reader, call.account, kind, holder)
    boundary = None
    if kind != "group" and holder["boundary"]:
        boundary = [_managed(reader, call.account, holder["boundary"])]
    principal = account_root(call.account)
    if kind == "user":
        principal = user_principal(call.account, holder)
    elif kind == "role":
        arn = request["PolicySourceArn"]
        principal = Principal(call.account, arn, "AssumedRole", user_id=holder["id"], role_arn=arn)
    caller = _caller(call, principal)
    sources += _given(call, "PolicyInputList")
    return _simulated(call, sources, boundary, caller)


def context_keys_custom(call: ServiceCall) -> dict[str, Any]:
    """Return the condition keys that policies of a request name."""
    return {"ContextKeyNames": _keys(_given(call, "PolicyInputList"))}


def context_keys_principal(call: ServiceCall) -> dict[str, Any]:
    """Return the condition keys that the policies of a user, group or role name."""
    reader = reader_of(call)
    kind, holder = _holder(call, reader)
    sources = _sources(reader, call.account, kind, holder)
    return {"ContextKeyNames": _keys([*sources, *_given(call, "PolicyInputList")])}


def _simulated(
    call: ServiceCall, sources: list[_Source], boundary: list[_Source] | None, caller: Principal
) -> dict[str, Any]:
    request = call.request
    if _BOUNDARY in request:
        boundary = _given(call, _BOUNDARY)
    resource = request.get("ResourcePolicy")
    policies = AppliedPolicies(
        identity=tuple(source.policy for source in sources),
        resource=None if resource is None else parse(resource, PolicyKind.RESOURCE),
        boundary=None if boundary is None else tuple(source.policy for source in boundary),
    )
    results = []
    for action in request["ActionNames"]:
        if ":" not in action:
            raise invalid_input(
                f"Invalid Entity: Action {action} must be in the form vendor:action."
            )
        results += [
            _result(call, action, arn, caller, policies, [*sources, *(boundary or ())])
            for arn in request.get("ResourceArns") or ("*",)
        ]
    found, rest = page(call, ((f"{index:06}", one) for index, one in enumerate(results)))
    return {"EvaluationResults": found, **rest}


def _result(
    call: ServiceCall,
    action: str,
    arn: str,
    caller: Principal,
    policies: AppliedPolicies,
    sources: list[_Source],
) -> dict[str, Any]:
    entries = _Entries(call, caller)
    owner = call.request.get("ResourceOwner", "").split(":")
    account = owner[4] if len(owner) > 4 else _owner(arn) or caller.account
    access = AccessRequest(caller, action, arn, account, entries)
    decision = evaluate(access, policies)
    effect = "Allow" if decision.allowed else "Deny"
    result: dict[str, Any] = {
        "EvalActionName": action,
        "EvalResourceName": arn,
        "EvalDecision": "allowed"
        if decision.allowed
        else "explicitDeny"
        if decision.explicit
        else "implicitDeny",
        "MatchedStatements": [
            _matched(source, index)
            for source in sources
            for index, statement in enumerate(source.policy.statements)
            if statement.effect == effect and is_about(statement, access)
        ],
        "MissingContextValues": list(entries.missing),
    }
    if policies.boundary is not None:
        inside = evaluate(access, AppliedPolicies(identity=policies.boundary)).allowed
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": inside}
    return result


def _matched(source: _Source, index: int) -> dict[str, Any]:
    start, end = statement_span(source.text, index)
    return {
        "SourcePolicyId": source.name,
        "SourcePolicyType": source.type,
        "StartPosition": {"Line": start[0], "Column": start[1]},
        "EndPosition": {"Line": end[0], "Column": end[1]},
    }


def _given(call: ServiceCall, member: str) -> list[_Source]:
    """Return the policies of a member of the request.

    Raises:
        ApiError: MalformedPolicyDocument.
    """
    return [
        _Source(f"{member}.{number}", "IAM Policy", text, parse(text, PolicyKind.IDENTITY))
        for number, text in enumerate(call.request.get(member) or (), start=1)
    ]


def _holder(call: ServiceCall, reader: Reader) -> tuple[str, Document]:
    """Return whose policies are meant.

    Raises:
        ApiError: InvalidInput, NoSuchEntity.
    """
    arn = call.request["PolicySourceArn"]
    parts = arn.split(":", 5)
    kind, _, path = (parts[5] if len(parts) == 6 else "").partition("/")
    if kind not in ("user", "group", "role"):
        raise invalid_input(
            f"Invalid Entity Arn: {arn} does not clearly define entity type and name."
        )
    name = path.rpartition("/")[2]
    holder = find(kind, reader, call.account, name) if parts[4] == call.account else None
    if holder is None:
        raise no_such(f"The {kind} with name {name} cannot be found.")
    return kind, holder


def _sources(reader: Reader, account: str, kind: str, holder: Document) -> list[_Source]:
    """Return the policies of a user, group or role, a user's groups' included."""
    found = [
        _Source(f"{kind}_{holder['name']}_{name}", kind, text, parse(text, PolicyKind.IDENTITY))
        for name, text in holder["inline"].items()
    ]
    found += [_managed(reader, account, arn) for arn in holder["attached"]]
    for name in holder.get("groups", ()):
        group = find("group", reader, account, name)
        assert group is not None, "a group goes after its users"
        found += _sources(reader, account, "group", group)
    return found


def _managed(reader: Reader, account: str, arn: str) -> _Source:
    policy = find_policy(reader, account, arn)
    assert policy is not None, "a policy goes after its attachments"
    text = text_of(policy)
    kind = "aws-managed" if ":aws:policy/" in arn else "user-managed"
    return _Source(policy["name"], kind, text, parse(text, PolicyKind.IDENTITY))


def _caller(call: ServiceCall, principal: Principal) -> Principal:
    """Return as whom a simulation asks.

    Raises:
        ApiError: InvalidInput for a CallerArn that is no user's.
    """
    arn = call.request.get("CallerArn")
    if arn is None:
        return principal
    parts = arn.split(":", 5)
    if len(parts) != 6 or not parts[5].startswith("user/"):
        raise invalid_input(f"Invalid CallerArn: {arn} is not the ARN of a user.")
    name = parts[5].rpartition("/")[2]
    user = find("user", reader_of(call), parts[4], name)
    if user is not None:
        return user_principal(parts[4], user)
    return Principal(parts[4], arn, "User", user_name=name)


def _owner(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4].isdigit() else ""


def _keys(sources: list[_Source]) -> list[str]:
    """Return the names of condition keys, in conditions and as variables, each once."""
    names: dict[str, str] = {}
    for source in sources:
        for statement in source.policy.statements:
            for condition in statement.conditions:
                names.setdefault(condition.key.lower(), condition.key)
                _add_variables(names, condition.values)
            _add_variables(names, statement.resources)
    return sorted(names.values())


def _add_variables(names: dict[str, str], texts: tuple[str, ...]) -> None:
    for text in texts:
        for name in variables_of(text):
            names.setdefault(name.lower(), name)
