"""Policy documents, parsed: what they say, nothing of what it means."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

Effect = Literal["Allow", "Deny"]
PrincipalType = Literal["AWS", "Service", "Federated", "CanonicalUser"]

#: The version without which `${...}` is plain text.
VERSION_WITH_VARIABLES = "2012-10-17"
DEFAULT_VERSION = "2008-10-17"


class PolicyKind(Enum):
    """What a policy is attached to; the value is how AWS's refusals name it."""

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"
    TRUST = "role trust policy"


@dataclass(frozen=True, slots=True)
class Principals:
    """The Principal or NotPrincipal element of a statement.

    Attributes:
        anyone: it is "*".
        named: names by type, in the document's order; account ids as root ARNs, each name once.
        negated: it is NotPrincipal.
    """

    anyone: bool
    named: tuple[tuple[PrincipalType, tuple[str, ...]], ...]
    negated: bool

    def of(self, kind: PrincipalType) -> tuple[str, ...]:
        """Return the names of one type."""
        for type_, names in self.named:
            if type_ == kind:
                return names
        return ()


@dataclass(frozen=True, slots=True)
class Condition:
    """One key under one operator of a Condition element; all conditions of a statement must hold.

    Attributes:
        operator: as written, e.g. "ForAnyValue:StringLikeIfExists".
        key: as written, e.g. "aws:PrincipalTag/team".
        values: any of them may hold.
    """

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Attributes:
        sid: empty for none.
        principals: None in a policy that is attached to a principal.
        actions: patterns of Action or NotAction.
        actions_negated: it is NotAction.
        resources: patterns of Resource or NotResource; empty in a trust policy, which applies to its role.
        resources_negated: it is NotResource.
        variables: whether `${...}` is replaced, which the document's version says.
    """

    sid: str
    effect: Effect
    principals: Principals | None
    actions: tuple[str, ...]
    actions_negated: bool
    resources: tuple[str, ...]
    resources_negated: bool
    conditions: tuple[Condition, ...]
    variables: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """One document.

    Attributes:
        version: None when the document has none, which then means `DEFAULT_VERSION`.
        id: None for none.
    """

    version: str | None
    id: str | None
    statements: tuple[Statement, ...]


#: What an administrator has, and an account's root without asking.
ADMINISTRATOR = Policy(
    VERSION_WITH_VARIABLES,
    None,
    (Statement("", "Allow", None, ("*",), False, ("*",), False, (), False),),
)
