"""The operators of Condition elements, with ForAllValues, ForAnyValue and IfExists.

How several values meet: the values of a policy are alternatives, of which a negated operator allows none. Without
ForAllValues or ForAnyValue, a key with several values holds when one does, and a negated operator when all do. A key
that the request does not have fails, except under a negated operator, IfExists, ForAllValues, or Null.

Sources: IAM user guide, reference_policies_elements_condition_operators and reference_policies_condition-single-vs-
multi-valued-context-keys.
"""

import binascii
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt
from typing import Any, Literal

from globaltables.foundation.limits import POLICY_PATTERNS_CACHED_MAX
from globaltables.security.policies.documents import Condition
from globaltables.security.policies.patterns import Context, matches, matches_arn, substituted

#: Compares a value of the request with one of the policy, whose variables take their values from the context.
_Compare = Callable[[str, str, Context | None], bool]
_NAME = re.compile(r"(?:(forallvalues|foranyvalue):)?([a-z]+?)(ifexists)?")
_NULL = "null"


@dataclass(frozen=True, slots=True)
class Operator:
    """What an operator's name says.

    Attributes:
        compare: None for Null, which compares nothing.
        negated: it holds when the comparison does not.
        quantifier: which of the request's values must hold.
        if_exists: it holds when the request does not have the key.
    """

    compare: _Compare | None
    negated: bool
    quantifier: Literal["", "forallvalues", "foranyvalue"]
    if_exists: bool


@lru_cache(POLICY_PATTERNS_CACHED_MAX)
def operator_of(name: str) -> Operator | None:
    """Return what an operator's name says, which is not case-sensitive; None when there is no such operator."""
    found = _NAME.fullmatch(name.lower())
    if found is None:
        return None
    quantifier: Any = found.group(1) or ""
    kind, if_exists = found.group(2), found.group(3) is not None
    if kind == _NULL:
        return None if quantifier or if_exists else Operator(None, False, "", False)
    if kind not in _COMPARISONS:
        return None
    compare, negated = _COMPARISONS[kind]
    return Operator(compare, negated, quantifier, if_exists)


def holds(condition: Condition, context: Context, *, variables: bool) -> bool:
    """Tell whether a request meets a condition.

    Args:
        condition: of a policy that was parsed, so that its operator is known.
        context: the request's condition keys.
        variables: whether `${...}` is replaced.
    """
    operator = operator_of(condition.operator)
    assert operator is not None, condition.operator
    values = context.values(condition.key.lower())
    if operator.compare is None:
        absent = "true" if not values else "false"
        return any(value.lower() == absent for value in condition.values)
    if not values:
        return _holds_without(operator)
    compare, wanted = operator.compare, condition.values
    source = context if variables else None
    met = (any(compare(value, one, source) for one in wanted) for value in values)
    match operator.quantifier, operator.negated:
        case "forallvalues", False:
            return all(met)
        case (("forallvalues" | ""), True):
            return not any(met)
        case "foranyvalue", True:
            return not all(met)
        case _:
            return any(met)


def _holds_without(operator: Operator) -> bool:
    """Tell whether an operator holds for a request that does not have the key."""
    if operator.if_exists or operator.quantifier == "forallvalues":
        return True
    return operator.negated and operator.quantifier == ""


def _equal(value: str, wanted: str, variables: Context | None) -> bool:
    return value == substituted(wanted, variables)


def _equal_ignoring_case(value: str, wanted: str, variables: Context | None) -> bool:
    text = substituted(wanted, variables)
    return text is not None and value.casefold() == text.casefold()


def _like(value: str, wanted: str, variables: Context | None) -> bool:
    return matches(wanted, value, variables)


def _arn_like(value: str, wanted: str, variables: Context | None) -> bool:
    return matches_arn(wanted, value, variables)


def _boolean(value: str, wanted: str, _variables: Context | None) -> bool:
    return value.lower() == wanted.lower() and value.lower() in {"true", "false"}


def _binary(value: str, wanted: str, _variables: Context | None) -> bool:
    try:
        return b64decode(value, validate=True) == b64decode(wanted, validate=True)
    except binascii.Error:
        return False


def _in_network(value: str, wanted: str, _variables: Context | None) -> bool:
    try:
        return ip_address(value) in ip_network(wanted, strict=False)
    except ValueError:
        return False


def _numeric(holds_for: Callable[[Any, Any], bool]) -> _Compare:
    def compare(value: str, wanted: str, _variables: Context | None) -> bool:
        left, right = _number(value), _number(wanted)
        return left is not None and right is not None and holds_for(left, right)

    return compare


def _dated(holds_for: Callable[[Any, Any], bool]) -> _Compare:
    def compare(value: str, wanted: str, _variables: Context | None) -> bool:
        left, right = _seconds(value), _seconds(wanted)
        return left is not None and right is not None and holds_for(left, right)

    return compare


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


@lru_cache(POLICY_PATTERNS_CACHED_MAX)
def _seconds(text: str) -> Decimal | None:
    """Return a date as seconds since 1970; it is written in ISO 8601 or as those seconds."""
    number = _number(text)
    if number is not None:
        return number
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return Decimal(str(moment.timestamp()))


#: Name in lower case -> comparison, and whether the operator is its negation.
_COMPARISONS: Mapping[str, tuple[_Compare, bool]] = {
    "stringequals": (_equal, False),
    "stringnotequals": (_equal, True),
    "stringequalsignorecase": (_equal_ignoring_case, False),
    "stringnotequalsignorecase": (_equal_ignoring_case, True),
    "stringlike": (_like, False),
    "stringnotlike": (_like, True),
    "numericequals": (_numeric(eq), False),
    "numericnotequals": (_numeric(eq), True),
    "numericlessthan": (_numeric(lt), False),
    "numericlessthanequals": (_numeric(le), False),
    "numericgreaterthan": (_numeric(gt), False),
    "numericgreaterthanequals": (_numeric(ge), False),
    "dateequals": (_dated(eq), False),
    "datenotequals": (_dated(eq), True),
    "datelessthan": (_dated(lt), False),
    "datelessthanequals": (_dated(le), False),
    "dategreaterthan": (_dated(gt), False),
    "dategreaterthanequals": (_dated(ge), False),
    "bool": (_boolean, False),
    "binaryequals": (_binary, False),
    "ipaddress": (_in_network, False),
    "notipaddress": (_in_network, True),
    # ArnEquals and ArnLike are the same (condition operators, ARN).
    "arnequals": (_arn_like, False),
    "arnlike": (_arn_like, False),
    "arnnotequals": (_arn_like, True),
    "arnnotlike": (_arn_like, True),
}
