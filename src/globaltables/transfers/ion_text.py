"""Items as Amazon Ion text, in AWS's mapping of types, and back.

Source: developer guide, S3DataExport.Output and S3DataImport.Format; the grammar: the Ion specification, text format.
Read is what can stand for an item: structs, lists, strings, symbols, numbers, booleans, nulls, blobs, annotations and
comments. Ion's binary form, timestamps and clobs stand for nothing in DynamoDB and are refused.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from globaltables.items.numbers import normalize
from globaltables.items.values import AttributeValue, Item

VERSION_MARKER = "$ion_1_0"
_SETS: Mapping[str, str] = {"$dynamodb_SS": "SS", "$dynamodb_NS": "NS", "$dynamodb_BS": "BS"}
_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_RESERVED = frozenset(["null", "true", "false", "nan"])
_DEPTH_MAX = 64
_END = ("end", "")
_MARKER = ("symbol", VERSION_MARKER)
_TOKEN = re.compile(
    r"""
    (?:\s+|//[^\n]*|/\*.*?\*/)*
    (?:
      (?P<mark>::|[}\[\],:]|\{(?!\{))
    | (?P<symbol>[A-Za-z_$][A-Za-z0-9_$]*(?:\.[a-z]+)?)
    | (?P<string>"(?:[^"\\\n]|\\.)*")
    | (?P<number>-?(?:0[xX][0-9A-Fa-f_]+|0[bB][01_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eEdD][+-]?[0-9]+)?)
      (?=[\s,\]}\[{:/)]|$))
    | (?P<long>'''(?:[^'\\]|\\.|'(?!''))*''')
    | (?P<quoted>'(?:[^'\\\n]|\\.)*')
    | (?P<blob>\{\{\s*[A-Za-z0-9+/=\s]*\}\})
    | (?P<end>$)
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|\r?\n|.)", re.DOTALL)
_ESCAPED: Mapping[str, str] = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "v": "\v",
}  # fmt: skip


class IonError(ValueError):
    """A text is no Ion, or Ion that stands for no item."""


# --- writing


def ion_struct(item: Item) -> str:
    """Return a map of attributes as a struct."""
    fields = ",".join(f"{_name(name)}:{_value(value)}" for name, value in item.items())
    return f"{{{fields}}}"


def ion_decimal(number: str) -> str:
    """Return a canonical number as a decimal, as short as AWS writes it: 103., 6d2, 1.5."""
    if "." in number:
        return number
    digits = number.rstrip("0")
    zeros = len(number) - len(digits)
    if zeros and digits.strip("-"):
        return f"{digits}d{zeros}"
    return f"{number}."


def _name(name: str) -> str:
    if _IDENTIFIER.fullmatch(name) and name not in _RESERVED:
        return name
    # A string is a field's name too; JSON's escapes are Ion's.
    return orjson.dumps(name).decode()


def _value(value: AttributeValue) -> str:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return orjson.dumps(content).decode()
        case "N":
            return ion_decimal(content)
        case "B":
            return f"{{{{{content}}}}}"
        case "BOOL":
            return "true" if content else "false"
        case "NULL":
            return "null"
        case "M":
            return ion_struct(content)
        case "L":
            return f"[{','.join(map(_value, content))}]"
        case _:
            members = ",".join(_value({kind[0]: member}) for member in content)
            return f"$dynamodb_{kind}::[{members}]"


# --- reading


def ion_values(text: str) -> Iterator[Any]:
    """Iterate over the values of a text, as attribute values.

    Raises:
        IonError: it is no Ion, or stands for nothing in DynamoDB.
    """
    reader = _Reader(_tokens(text))
    while (token := reader.peek()) != _END:
        if token == _MARKER:
            reader.take()
        else:
            yield reader.value(0)


def _tokens(text: str) -> list[tuple[str, str]]:
    """Return kind and text of every token, the end last."""
    tokens: list[tuple[str, str]] = []
    at = 0
    for found in iter(_TOKEN.scanner(text).match, None):  # type: ignore[attr-defined]
        kind = found.lastgroup
        at = found.end()
        if kind == "end":
            tokens.append(_END)
            return tokens
        tokens.append((kind, found[kind]))
    raise IonError(f"unexpected {text[at : at + 20]}")


class _Reader:
    """Reads values from tokens."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def peek(self) -> tuple[str, str]:
        """Return kind and text of the next token, which stays the next one."""
        return self._tokens[self._at]

    def take(self) -> tuple[str, str]:
        """Return kind and text of the next token, and go on behind it; nothing is behind the end."""
        token = self._tokens[self._at]
        if token is not _END:
            self._at += 1
        return token

    def value(self, depth: int) -> Any:
        """Return the next value: an attribute value, or for a struct at the top the map of its fields.

        Raises:
            IonError: there is none, or it stands for nothing in DynamoDB.
        """
        if depth > _DEPTH_MAX:
            raise IonError("too many levels")
        annotations: list[str] = []
        while True:
            kind, token = self.take()
            if kind in ("symbol", "quoted") and self.peek() == ("mark", "::"):
                self.take()
                annotations.append(token if kind == "symbol" else _unescaped(token[1:-1]))
                continue
            break
        if kind == "mark" and token == "{":
            return {"M": self._struct(depth)}
        if kind == "mark" and token == "[":
            return self._list(annotations, depth)
        return self._scalar(kind, token)

    def _struct(self, depth: int) -> dict[str, AttributeValue]:
        fields: dict[str, AttributeValue] = {}
        while True:
            kind, token = self.take()
            if (kind, token) == ("mark", "}"):
                return fields
            if kind == "symbol":
                name = token
            elif kind in ("string", "quoted"):
                name = _unescaped(token[1:-1])
            elif kind == "long":
                name = self._long(token)
            else:
                raise IonError("a field has no name")
            if self.take() != ("mark", ":"):
                raise IonError("a field has no value")
            if name in fields:
                raise IonError(f"the field {name} is there twice")
            fields[name] = self.value(depth + 1)
            if not self._goes_on("}"):
                return fields

    def _list(self, annotations: list[str], depth: int) -> AttributeValue:
        values: list[AttributeValue] = []
        while self.peek() != ("mark", "]"):
            values.append(self.value(depth + 1))
            if not self._goes_on("]"):
                break
        else:
            self.take()
        kind = next((_SETS[one] for one in annotations if one in _SETS), None)
        if kind is None:
            return {"L": values}
        if any(kind[0] not in value for value in values):
            raise IonError(f"a {kind} has a member of another type")
        return {kind: [value[kind[0]] for value in values]}

    def _goes_on(self, end: str) -> bool:
        """Take a comma or the end; tell whether it was a comma."""
        token = self.take()
        if token == ("mark", ","):
            return True
        if token == ("mark", end):
            return False
        raise IonError(f"expected a comma or {end}")

    def _scalar(self, kind: str, token: str) -> AttributeValue:
        match kind:
            case "string":
                return {"S": _unescaped(token[1:-1])}
            case "long":
                return {"S": self._long(token)}
            case "quoted":
                return {"S": _unescaped(token[1:-1])}
            case "number":
                return {"N": _number(token)}
            case "blob":
                content = "".join(token[2:-2].split())
                base64.b64decode(content, validate=True)
                return {"B": content}
            case "symbol" if token in ("true", "false"):
                return {"BOOL": token == "true"}
            case "symbol" if token.partition(".")[0] == "null":
                return {"NULL": True}
            case "symbol" if "." not in token:
                return {"S": token}
            case "end":
                raise IonError("the text ends too early")
            case _:
                raise IonError(f"unexpected {token[:20]}")

    def _long(self, token: str) -> str:
        """Return a string in parts, ''' ''' ''' '''."""
        parts = [_unescaped(token[3:-3])]
        while self.peek()[0] == "long":
            parts.append(_unescaped(self.take()[1][3:-3]))
        return "".join(parts)


def _number(token: str) -> str:
    text = token.replace("_", "")
    unsigned = text.lstrip("-").lower()
    if unsigned.startswith(("0x", "0b")):
        return normalize(str(int(text, 0)))
    return normalize(text.replace("d", "e").replace("D", "e"))


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        # Halves of a character beyond 16 bits, as JSON writes them, are put together.
        whole = _ESCAPE.sub(_character, text)
        return whole.encode("utf-16", "surrogatepass").decode("utf-16")
    except (UnicodeError, ValueError):
        raise IonError("a text has an escape that stands for nothing") from None


def _character(found: re.Match[str]) -> str:
    escape = found[1]
    if escape[0] in "xuU" and len(escape) > 1:
        return chr(int(escape[1:], 16))
    if escape[-1] == "\n":
        return ""
    if escape in _ESCAPED:
        return _ESCAPED[escape]
    if escape in "'\"/?\\":
        return escape
    raise ValueError(escape)
