"""The door for operations: the expressions and legacy parameters of one request, read in AWS's order of checks.

The order, as far as this package does it (dynalite's tests against AWS):

1. expressions beside legacy parameters; placeholders without expressions; ConditionalOperator without conditions;
2. legacy filters and AttributesToGet (Query and Scan); what the operation itself checks; other legacy parameters;
3. the keys of ExpressionAttributeNames and -Values, then the values;
4. every expression by itself: update, condition, key condition, filter, projection;
5. placeholders that no expression uses; the form of the key condition; legacy KeyConditions.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from globaltables.expressions import legacy
from globaltables.expressions.conditions import Condition, compiled_condition
from globaltables.expressions.key_conditions import KeyCondition, compiled_key_condition
from globaltables.expressions.projections import Projection, compiled_projection
from globaltables.expressions.resolve import Check, Names, Values, refusal
from globaltables.expressions.updates import Update, compiled_update
from globaltables.foundation.errors import ApiError, validation
from globaltables.foundation.limits import (
    EXPRESSION_CACHE_ENTRIES_MAX,
    EXPRESSION_PLACEHOLDER_BYTES_MAX,
    EXPRESSION_SUBSTITUTIONS_BYTES_MAX,
)
from globaltables.items.values import check_value, text_size

Request = Mapping[str, Any]
_Compiled = Condition | Update | Projection | KeyCondition
_NamePairs = tuple[tuple[str, str], ...]
#: The text of each expression member that is present, in the order in which AWS reads them.
_Texts = tuple[tuple[str, str], ...]

_NAMES = "ExpressionAttributeNames"
_VALUES = "ExpressionAttributeValues"
#: In the order in which AWS reads them, and in that in which it lists them in errors.
_READING_ORDER = (
    "UpdateExpression",
    "ConditionExpression",
    "KeyConditionExpression",
    "FilterExpression",
    "ProjectionExpression",
)
_LISTING_ORDER = (
    "UpdateExpression",
    "ConditionExpression",
    "ProjectionExpression",
    "FilterExpression",
    "KeyConditionExpression",
)
_LEGACY = (
    "AttributeUpdates",
    "AttributesToGet",
    "Expected",
    "QueryFilter",
    "ScanFilter",
    "ConditionalOperator",
    "KeyConditions",
)
_MEMBERS = frozenset((*_READING_ORDER, *_LEGACY, _NAMES, _VALUES))
_NAME_KEY = re.compile(r"#[0-9a-zA-Z_]+").fullmatch
_VALUE_KEY = re.compile(r":[0-9a-zA-Z_]+").fullmatch
_NO_VALUES: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Expressions:
    """What one request asks for; None is what it does not mention.

    Attributes:
        condition: ConditionExpression or Expected.
        filter: FilterExpression, QueryFilter or ScanFilter.
        update: UpdateExpression or AttributeUpdates.
        projection: ProjectionExpression or AttributesToGet.
        key_condition: KeyConditionExpression or KeyConditions.
        values: the values of :placeholders, checked and normalised.
        legacy_filter: whether `filter` was given as QueryFilter or ScanFilter; AWS's errors name it differently.
    """

    condition: Condition | None = None
    filter: Condition | None = None
    update: Update | None = None
    projection: Projection | None = None
    key_condition: KeyCondition | None = None
    values: Values = field(default_factory=dict)
    legacy_filter: bool = False


#: What a request without expressions and legacy parameters asks for.
NO_EXPRESSIONS = Expressions()


def compile_condition(kind: str, text: str, names: Names | None = None) -> Condition:
    """Return the compiled ConditionExpression or FilterExpression, from the cache when it was compiled before.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    return compiled_condition(kind, text, _pairs(names))


def compile_update(text: str, names: Names | None = None) -> Update:
    """Return the compiled UpdateExpression, from the cache when it was compiled before.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    return compiled_update(text, _pairs(names))


def compile_projection(text: str, names: Names | None = None) -> Projection:
    """Return the compiled ProjectionExpression, from the cache when it was compiled before.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    return compiled_projection(text, _pairs(names))


def compile_key_condition(text: str, names: Names | None = None) -> KeyCondition:
    """Return the compiled KeyConditionExpression, from the cache when it was compiled before.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    return compiled_key_condition(text, _pairs(names))


def read_expressions(
    request: Request,
    kinds: tuple[str, ...],
    check_others: Callable[[], object] | None = None,
) -> Expressions:
    """Return the expressions and legacy parameters of a request, checked in AWS's order.

    Args:
        request: the request's members; values are normalised in place.
        kinds: the expression members that the operation has, e.g. ("UpdateExpression", "ConditionExpression").
        check_others: the operation's own checks (keys, items, start key), run where AWS runs them among these.

    Raises:
        ApiError: ValidationException with AWS's text.
    """
    if _MEMBERS.isdisjoint(request):
        if check_others is not None:
            check_others()
        if "KeyConditionExpression" in kinds:
            raise _no_key_condition()
        return NO_EXPRESSIONS
    texts = tuple(
        (kind, text)
        for kind in _READING_ORDER
        if kind in kinds and (text := request.get(kind)) is not None
    )
    names, values = request.get(_NAMES), request.get(_VALUES)
    given = [member for member in _LEGACY if request.get(member) is not None]
    if given or not texts or texts[0][0] == "ProjectionExpression":
        _check_members(request, kinds, texts, given)
    if not given:
        if check_others is not None:
            check_others()
        if "KeyConditionExpression" in kinds and request.get("KeyConditionExpression") is None:
            raise _no_key_condition()
        return _read_texts(texts, names, values) if texts else NO_EXPRESSIONS
    return _read_all(request, kinds, texts, check_others)


def check_unused(names: Names | None, values: Values | None, compiled: Iterable[_Compiled]) -> None:
    """Refuse placeholders that no expression uses.

    Raises:
        ApiError: ValidationException naming them.
    """
    for member, given, used in (
        (_NAMES, names, "names_used"),
        (_VALUES, values, "values_used"),
    ):
        if given:
            unused = given.keys() - frozenset().union(*(getattr(each, used) for each in compiled))
            if unused:
                keys = ", ".join(key for key in given if key in unused)
                raise validation(
                    f"Value provided in {member} unused in expressions: keys: {{{keys}}}"
                )


def _pairs(names: Names | None) -> _NamePairs:
    return tuple(names.items()) if names else ()


def _no_key_condition() -> ApiError:
    return validation(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
    )


def _check_members(
    request: Request, kinds: tuple[str, ...], texts: _Texts, given: list[str]
) -> None:
    """Check which members come together."""
    present = dict(texts)
    if texts:
        # Legacy key conditions go together with new expressions, unless there are new key conditions too.
        mixed = [
            member
            for member in given
            if member != "KeyConditions" or "KeyConditionExpression" in present
        ]
        if mixed:
            new = ", ".join(kind for kind in _LISTING_ORDER if kind in present)
            raise validation(
                "Can not use both expression and non-expression parameters in the same request: "
                f"Non-expression parameters: {{{', '.join(mixed)}}} Expression parameters: {{{new}}}"
            )
    elif request.get(_NAMES) is not None:
        raise validation(f"{_NAMES} can only be specified when using expressions")
    with_values = [k for k in _LISTING_ORDER if k in kinds and k != "ProjectionExpression"]
    if request.get(_VALUES) is not None and with_values and present.keys().isdisjoint(with_values):
        verb = "are" if len(with_values) > 1 else "is"
        raise validation(
            f"{_VALUES} can only be specified when using expressions: "
            f"{' and '.join(with_values)} {verb} null"
        )
    if request.get("ConditionalOperator") is not None:
        legacy.check_conditional_operator(
            request.get("Expected") or request.get("QueryFilter") or request.get("ScanFilter")
        )


def _read_all(
    request: Request,
    kinds: tuple[str, ...],
    texts: _Texts,
    check_others: Callable[[], object] | None,
) -> Expressions:
    """Read a request with legacy parameters, and maybe expressions beside KeyConditions."""
    is_search = "FilterExpression" in kinds
    if not is_search and check_others is not None:
        check_others()
    condition, filtered, update, projection = _read_legacy(request)
    if is_search and check_others is not None:
        check_others()
    key_conditions = request.get("KeyConditions")
    if (
        "KeyConditionExpression" in kinds
        and key_conditions is None
        and request.get("KeyConditionExpression") is None
    ):
        raise _no_key_condition()
    new = _read_texts(texts, request.get(_NAMES), request.get(_VALUES)) if texts else NO_EXPRESSIONS
    return Expressions(
        condition=condition or new.condition,
        filter=filtered or new.filter,
        update=update or new.update,
        projection=projection or new.projection,
        key_condition=new.key_condition
        if key_conditions is None
        else legacy.key_condition_from_conditions(key_conditions),
        values=new.values,
        legacy_filter=filtered is not None,
    )


def _read_legacy(
    request: Request,
) -> tuple[Condition | None, Condition | None, Update | None, Projection | None]:
    """Return condition, filter, update and projection of the legacy parameters."""
    operator = request.get("ConditionalOperator")
    filtered: Condition | None = None
    projection: Projection | None = None
    # AWS looks at the filter of a Query before AttributesToGet, at that of a Scan after it.
    for member in ("QueryFilter", "AttributesToGet", "ScanFilter"):
        content = request.get(member)
        if content is None:
            continue
        if member == "AttributesToGet":
            projection = legacy.projection_from_attributes(content)
        else:
            filtered = legacy.condition_from_filter(content, operator, member)
    updates, expected = request.get("AttributeUpdates"), request.get("Expected")
    update = None if updates is None else legacy.update_from_attribute_updates(updates)
    condition = None if expected is None else legacy.condition_from_expected(expected, operator)
    return condition, filtered, update, projection


@dataclass(frozen=True, slots=True)
class _Plan:
    """The compiled expressions of one combination of texts and names; what remains to check are the values."""

    expressions: Expressions
    values_used: frozenset[str]
    typed: tuple[tuple[str, Check], ...]


@lru_cache(EXPRESSION_CACHE_ENTRIES_MAX)
def _plan(texts: _Texts, names: _NamePairs) -> _Plan:
    """Return the plan for expressions with nothing wrong in them.

    Raises:
        ApiError: when anything is wrong, though maybe not what AWS would report first.
    """
    compiled = {kind: _compiled(kind, text, names) for kind, text in texts}
    if names:
        _check_names(dict(names))
        check_unused(dict(names), None, compiled.values())
    typed: list[tuple[str, Check]] = []
    for kind, each in compiled.items():
        if not isinstance(each, Projection):
            typed.extend((kind, check) for check in each.checks.typed)
    values_used = frozenset().union(*(each.values_used for each in compiled.values()))
    for placeholder in values_used:
        _check_placeholder(_VALUES, placeholder, _VALUE_KEY)
    expressions = _expressions(compiled, _NO_VALUES)
    if expressions.key_condition is not None:
        expressions.key_condition.check_form()
    return _Plan(expressions, values_used, tuple(typed))


def _read_texts(texts: _Texts, names: Names | None, values: Values | None) -> Expressions:
    """Compile the expressions and check them with the values."""
    try:
        plan = _plan(texts, _pairs(names))
    except ApiError:
        return _read_one_by_one(texts, names, values)
    if values is None:
        if plan.values_used or names == {}:
            return _read_one_by_one(texts, names, values)
        return plan.expressions
    if values.keys() != plan.values_used or not values or names == {}:
        return _read_one_by_one(texts, names, values)
    _check_values(values)
    for kind, check in plan.typed:
        reason = check(values)
        if reason is not None:
            raise refusal(kind, reason)
    planned = plan.expressions
    return Expressions(
        planned.condition,
        planned.filter,
        planned.update,
        planned.projection,
        planned.key_condition,
        values,
    )


def _read_one_by_one(texts: _Texts, names: Names | None, values: Values | None) -> Expressions:
    """Read expressions that have something wrong, in AWS's order, so that the first fault is reported."""
    if names is not None:
        _check_names(names)
    if values is not None:
        if not values:
            raise validation(f"{_VALUES} must not be empty")
        for key in values:
            _check_placeholder(_VALUES, key, _VALUE_KEY)
        _check_values(values)
    known = _NO_VALUES if values is None else values
    compiled: dict[str, _Compiled] = {}
    for kind, text in texts:
        each = compiled[kind] = _compiled(kind, text, _pairs(names))
        if not isinstance(each, Projection):
            each.check(known)
    check_unused(names, values, compiled.values())
    expressions = _expressions(compiled, known)
    if expressions.key_condition is not None:
        expressions.key_condition.check_form()
    return expressions


def _compiled(kind: str, text: str, names: _NamePairs) -> _Compiled:
    match kind:
        case "UpdateExpression":
            return compiled_update(text, names)
        case "ProjectionExpression":
            return compiled_projection(text, names)
        case "KeyConditionExpression":
            return compiled_key_condition(text, names)
        case _:
            return compiled_condition(kind, text, names)


def _expressions(compiled: Mapping[str, Any], values: Values) -> Expressions:
    return Expressions(
        compiled.get("ConditionExpression"),
        compiled.get("FilterExpression"),
        compiled.get("UpdateExpression"),
        compiled.get("ProjectionExpression"),
        compiled.get("KeyConditionExpression"),
        values,
    )


def _check_names(names: Names) -> None:
    if not names:
        raise validation(f"{_NAMES} must not be empty")
    for key in names:
        _check_placeholder(_NAMES, key, _NAME_KEY)
    for key, name in names.items():
        if not name:
            raise validation(f"{_NAMES} contains invalid value: Empty attribute name for key {key}")


def _check_placeholder(
    member: str, key: str, well_formed: Callable[[str], re.Match[str] | None]
) -> None:
    if not key:
        raise validation(
            f"{member} contains invalid key: The expression attribute map contains an empty key;"
        )
    if text_size(key) > EXPRESSION_PLACEHOLDER_BYTES_MAX:
        # AWS says the size for names only.
        size = f" size of key: {text_size(key)}" if member == _NAMES else ""
        raise validation(
            f"{member} contains invalid key: The expression attribute map contains a key that is "
            f"too long;{size}"
        )
    if well_formed(key) is None:
        raise validation(f'{member} contains invalid key: Syntax error; key: "{key}"')


def _check_values(values: Values) -> None:
    size = 0
    for key, value in values.items():
        try:
            size += check_value(value)
        except ApiError as error:
            raise validation(
                f"{_VALUES} contains invalid value: {error.message} for key {key}"
            ) from error
    if size > EXPRESSION_SUBSTITUTIONS_BYTES_MAX:
        raise validation(f"{_VALUES} exceeds max size")
