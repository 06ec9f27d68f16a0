"""What a target gets of an event: all of it, a part, a constant, or a text with parts of it."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from globaltables.companions.events.refusals import unsupported
from globaltables.foundation.errors import ApiError, validation

_PATH = re.compile(r"\$(?:\.[\w\-]+|\[\d+\]|\['[^']+'\]|\.\*|\[\*\])*")
_STEP = re.compile(r"\.([\w\-]+)|\[(\d+)\]|\['([^']+)'\]")
_VARIABLE = re.compile(r"<([A-Za-z0-9_.\-]+)>")
_MISSING = object()


def check_input(target: Mapping[str, Any]) -> None:
    """Raise what a target's ways to form its input are refused with.

    Raises:
        ApiError: there are several, or one is not right.
    """
    ways = [name for name in ("Input", "InputPath", "InputTransformer") if target.get(name)]
    if len(ways) > 1:
        raise validation(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}."
        )
    if "Input" in ways:
        try:
            orjson.loads(target["Input"])
        except orjson.JSONDecodeError:
            raise validation(f"JSON syntax error in input for target {target['Id']}") from None
    paths = [target["InputPath"]] if "InputPath" in ways else []
    if "InputTransformer" in ways:
        paths += (target["InputTransformer"].get("InputPathsMap") or {}).values()
    for path in paths:
        if _PATH.fullmatch(path) is None:
            raise _bad_path(path)
        if "*" in path:
            raise unsupported(f"The wildcard in {path}")


def _bad_path(path: str) -> ApiError:
    return validation(f"Invalid JsonPath {path}.")


def input_of(target: Mapping[str, Any], event: Mapping[str, Any], facts: Mapping[str, str]) -> str:
    """Return the text that a target gets.

    Args:
        target: as it was put.
        event: the event.
        facts: the variables that every template has, but for the event itself.
    """
    if target.get("Input"):
        text: str = target["Input"]
        return text
    if target.get("InputPath"):
        found = _at(event, target["InputPath"])
        return _json(None if found is _MISSING else found)
    if target.get("InputTransformer"):
        return _transformed(target["InputTransformer"], event, facts)
    return _json(event)


def _transformed(
    transformer: Mapping[str, Any], event: Mapping[str, Any], facts: Mapping[str, str]
) -> str:
    values: dict[str, Any] = dict(facts)
    values["aws.events.event"] = {name: one for name, one in event.items() if name != "detail"}
    values["aws.events.event.json"] = event
    for name, path in (transformer.get("InputPathsMap") or {}).items():
        values[name] = _at(event, path)
    template: str = transformer["InputTemplate"]
    parts: list[str] = []
    quoted, position = False, 0
    for found in _VARIABLE.finditer(template):
        if found[1] not in values:
            continue
        between = template[position : found.start()]
        quoted ^= _quotes(between) % 2 == 1
        parts += [between, _written(values[found[1]], quoted=quoted)]
        position = found.end()
    parts.append(template[position:])
    return "".join(parts)


def _quotes(text: str) -> int:
    """Return how many quotation marks of JSON a text has, those after a backslash not counted."""
    return len(re.findall(r'(?<!\\)"', text))


def _written(value: Any, *, quoted: bool) -> str:
    """Return a value in a template: inside quotation marks its text, outside of them its JSON."""
    if value is _MISSING:
        return "" if quoted else '""'
    if not quoted:
        return _json(value)
    if isinstance(value, str):
        return _json(value)[1:-1]
    return _json(_json(value))[1:-1] if isinstance(value, dict | list) else _json(value)


def _at(event: Mapping[str, Any], path: str) -> Any:
    value: Any = event
    for name, index, quoted in _STEP.findall(path):
        if index:
            value = value[int(index)] if _has(value, int(index)) else _MISSING
        else:
            key = name or quoted
            value = value[key] if isinstance(value, dict) and key in value else _MISSING
    return value


def _has(value: Any, index: int) -> bool:
    return isinstance(value, list) and index < len(value)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
