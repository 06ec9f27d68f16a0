"""The values that stand in a statement: terms turned into attribute values, with AWS's refusals.

Errors name the path inside of the value: `root` is the value itself, `root.a[0]` a part of it.
"""

from collections.abc import Mapping
from typing import assert_never

from globaltables.expressions.partiql.tokens import malformed
from globaltables.expressions.partiql.tree import (
    Invocation,
    Missing,
    Operation,
    Parameter,
    Reference,
    Scalar,
    Select,
    Sequence,
    Struct,
    Term,
    TypeTest,
)
from globaltables.foundation.errors import ApiError, invalid_parameters, validation
from globaltables.foundation.limits import NESTING_LEVELS_MAX
from globaltables.items import numbers
from globaltables.items.values import AttributeValue

_ROOT = "root"
_EXPONENT_LIMIT = 2**31
_OPERATION_NAMES: Mapping[str, str] = {
    "+": "Plus",
    "-": "Minus",
    "*": "Times",
    "/": "Divide",
    "%": "Modulo",
    "||": "Concat",
    "=": "Eq",
    "<>": "Ne",
    "<": "Lt",
    "<=": "Lte",
    ">": "Gt",
    ">=": "Gte",
    "and": "And",
    "or": "Or",
    "not": "Not",
    "between": "Between",
    "in": "InCollection",
    "like": "Like",
    "union": "Union",
    "except": "Except",
    "intersect": "Intersect",
}


def kind_of(term: Term) -> str:
    """Return what PartiQL calls a term; AWS's errors name it so."""
    match term:
        case Reference(steps):
            return "Id" if len(steps) == 1 else "Path"
        case Scalar():
            return "Lit"
        case Missing():
            return "Missing"
        case Parameter():
            return "Parameter"
        case Sequence(kind):
            return kind
        case Struct():
            return "Struct"
        case Invocation():
            return "Call"
        case Operation(operator):
            return _OPERATION_NAMES[operator]
        case TypeTest():
            return "IsType"
        case Select():
            return "Select"
        case _:
            assert_never(term)


def unsupported(term: Term) -> ApiError:
    """Return the refusal of a term that DynamoDB's PartiQL does not have in this place."""
    return validation(f"Unsupported operation: {kind_of(term)}")


def is_literal(term: Term) -> bool:
    """Tell whether a term is a value in itself."""
    return isinstance(term, Scalar | Sequence | Struct)


def literal(term: Term, path: str = _ROOT, depth: int = 0) -> AttributeValue:
    """Return the attribute value of a literal.

    Args:
        term: the literal.
        path: where it stands in the whole value.
        depth: how many lists and maps are around it.

    Raises:
        ApiError: ValidationException when it is no literal, or one that DynamoDB cannot store.
    """
    if depth >= NESTING_LEVELS_MAX:
        raise validation(f"Nesting Levels have exceeded supported limits under {path}")
    match term:
        case Scalar("N", content):
            return {"N": number(content, path)}
        case Scalar("NULL"):
            return {"NULL": True}
        case Scalar(kind, content):
            return {kind: content}
        case Sequence("Bag", elements):
            return _set(elements, path)
        case Sequence(_, elements):
            return {
                "L": [literal(each, f"{path}[{at}]", depth + 1) for at, each in enumerate(elements)]
            }
        case Struct(fields):
            members = {}
            for name, each in fields:
                text = field_name(name)
                if text in members:
                    raise validation(f"Duplicate keys in tuple. Key: {text} under {path}")
                members[text] = literal(each, f"{path}.{text}", depth + 1)
            return {"M": members}
        case _:
            raise validation(
                f"Unsupported data type: {kind_of(term)} under key {path} at {term.place}"
            )


def field_name(term: Term) -> str:
    """Return the name of a map's member.

    Raises:
        ApiError: it is no string.
    """
    if not isinstance(term, Scalar) or term.kind != "S":
        raise validation(f"Tuple keys must be of type String. Actual type: {kind_of(term)}")
    return str(term.content)


def number(text: str, path: str = _ROOT) -> str:
    """Return the canonical text of a number literal.

    Raises:
        ApiError: ValidationException when it is out of range, or not well formed because its exponent is no integer
            of 32 bits.
    """
    digits, _, exponent = text.lower().partition("e")
    scale = len(digits.partition(".")[2]) - int(exponent or 0)
    if (
        abs(int(exponent or 0)) >= _EXPONENT_LIMIT
        or not -_EXPONENT_LIMIT <= scale < _EXPONENT_LIMIT
    ):
        raise malformed()
    try:
        return numbers.normalize(text)
    except ApiError as error:
        raise validation(f"{error.message} under {path}") from None


def _set(elements: tuple[Term, ...], path: str) -> AttributeValue:
    if not elements:
        raise validation("Empty bags are not supported")
    kinds = {element.kind if isinstance(element, Scalar) else "" for element in elements}
    if kinds not in ({"S"}, {"N"}):
        raise validation(
            "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"
        )
    written = [str(element.content) for element in elements if isinstance(element, Scalar)]
    shown = f"Input collection [{', '.join(written)}] contains duplicates"
    if kinds == {"S"}:
        if len(set(written)) != len(written):
            raise invalid_parameters(f"{shown}.")
        return {"SS": written}
    members = [number(text, path) for text in written]
    if len(set(members)) != len(members):
        # AWS ends this sentence in its own way.
        raise invalid_parameters(f"{shown}! under {path}")
    return {"NS": members}
