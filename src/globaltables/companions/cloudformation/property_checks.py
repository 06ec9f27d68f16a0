"""Checks the properties of a resource against the schema of its type, and gives values the schema's types."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from globaltables.companions.cloudformation.refusals import invalid
from globaltables.companions.cloudformation.schemas import Schema
from globaltables.companions.cloudformation.templates.parameters import text_of

_REFERENCE = "#/definitions/"


def checked_properties(schema: Schema, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties with values of the schema's types: texts that are numbers become numbers, and so on.

    Raises:
        ApiError: ValidationError; one is unknown, missing or has a wrong value.
    """
    body = {**schema.body, "type": "object"}
    read_only = set(schema.read_only)
    for name in properties:
        if name in read_only and name not in schema.body.get("required", ()):
            raise invalid(f"Encountered unsupported property {name}")
    checked: dict[str, Any] = _Check(schema).of(body, dict(properties), "#")
    return checked


class _Check:
    def __init__(self, schema: Schema) -> None:
        self._definitions: Mapping[str, Any] = schema.body.get("definitions", {})

    def of(self, schema: Mapping[str, Any], value: Any, path: str) -> Any:
        """Return a value as its schema has it."""
        schema = self._followed(schema)
        kinds = schema.get("type")
        has_parts = schema.keys() & {"items", "properties", "patternProperties"}
        if kinds is None or (isinstance(value, list | dict) and not has_parts):
            return self._of_alternatives(schema, value, path)
        kinds = [kinds] if isinstance(kinds, str) else kinds
        value = _as_kind(value, kinds, path)
        if isinstance(value, dict):
            value = self._object(schema, value, path)
        elif isinstance(value, list):
            value = self._array(schema, value, path)
        else:
            _check_scalar(schema, value, path)
        return value

    def _followed(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            name = schema["$ref"]
            if not name.startswith(_REFERENCE):
                return {}
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {**self._definitions.get(name[len(_REFERENCE) :], {}), **rest}
        return schema

    def _of_alternatives(self, schema: Mapping[str, Any], value: Any, path: str) -> Any:
        """Return a value of a schema without a type of its own: by its properties, or by its alternatives."""
        if "properties" in schema and isinstance(value, dict):
            return self._object(schema, value, path)
        for alternative in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
            followed = self._followed(alternative)
            kinds = followed.get("type")
            kinds = [kinds] if isinstance(kinds, str) else kinds or []
            if _kind_of(value) in kinds:
                return self.of(alternative, value, path)
        return value

    def _object(self, schema: Mapping[str, Any], value: dict[str, Any], path: str) -> Any:
        known: Mapping[str, Any] = schema.get("properties", {})
        patterns: Mapping[str, Any] = schema.get("patternProperties", {})
        for name in schema.get("required", ()):
            if name not in value:
                raise invalid(f"{path}: required key [{name}] not found")
        checked: dict[str, Any] = {}
        for name, inner in value.items():
            place = f"{path}/{name}"
            if name in known:
                checked[name] = self.of(known[name], inner, place)
                continue
            matching = [one for pattern, one in patterns.items() if _matches(pattern, name)]
            if matching:
                checked[name] = self.of(matching[0], inner, place)
            elif schema.get("additionalProperties") is False and (known or patterns):
                raise invalid(f"Encountered unsupported property {name}")
            else:
                checked[name] = inner
        return checked

    def _array(self, schema: Mapping[str, Any], value: list[Any], path: str) -> list[Any]:
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        if len(value) < least:
            raise invalid(f"{path}: expected minimum item count: {least}, found: {len(value)}")
        if most is not None and len(value) > most:
            raise invalid(f"{path}: expected maximum item count: {most}, found: {len(value)}")
        items = schema.get("items", {})
        if not isinstance(items, dict):
            return value
        checked = [self.of(items, inner, f"{path}/{n}") for n, inner in enumerate(value)]
        if schema.get("uniqueItems") and _repeats(checked):
            raise invalid(f"{path}: array items are not unique")
        return checked


def _repeats(values: list[Any]) -> bool:
    texts = [orjson.dumps(value, option=orjson.OPT_SORT_KEYS) for value in values]
    return len(set(texts)) < len(texts)


def _kind_of(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _as_kind(value: Any, kinds: list[str], path: str) -> Any:
    """Return a value as one of the types, as CloudFormation converts between scalars.

    Raises:
        ApiError: ValidationError; it cannot be one.
    """
    kind = _kind_of(value)
    if kind in kinds or (kind == "integer" and "number" in kinds):
        return value
    if kind in {"boolean", "integer", "number"} and "string" in kinds:
        return text_of(value)
    if kind == "string":
        converted = _from_text(value, kinds)
        if converted is not None:
            return converted
    if kind == "number" and "integer" in kinds and float(value).is_integer():
        return int(value)
    if kind == "object" and "string" in kinds and path.endswith(("Document", "Policy", "Body")):
        return orjson.dumps(value).decode()
    name = path.rpartition("/")[2]
    if kinds == ["array"]:
        raise invalid(f"Value of property {name} must be of type List")
    if kinds == ["object"]:
        raise invalid(f"Value of property {name} must be an object")
    wanted = ", ".join(kinds)
    raise invalid(f"{path}: expected type: {wanted.capitalize()}, found: {kind.capitalize()}")


def _from_text(text: str, kinds: list[str]) -> Any:
    if "boolean" in kinds and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if "integer" in kinds and text.strip().lstrip("+-").isdecimal():
        return int(text)
    if "number" in kinds:
        try:
            return float(text)
        except ValueError:
            return None
    if "object" in kinds and text.lstrip()[:1] == "{":
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return None
    return None


def _check_scalar(schema: Mapping[str, Any], value: Any, path: str) -> None:
    """Check a scalar; what is fetched only later ({{resolve:...}}) is not known yet.

    Raises:
        ApiError: ValidationError.
    """
    if isinstance(value, str) and "{{resolve:" in value:
        return
    allowed = schema.get("enum")
    if allowed is not None and value not in allowed:
        raise invalid(f"{path}: #{value} is not a valid enum value")
    if "const" in schema and value != schema["const"]:
        raise invalid(f"{path}: {value} is not a valid value")
    if isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            raise invalid(
                f"{path}: expected minLength: {schema['minLength']}, actual: {len(value)}"
            )
        if "maxLength" in schema and len(value) > schema["maxLength"]:
            raise invalid(
                f"{path}: expected maxLength: {schema['maxLength']}, actual: {len(value)}"
            )
        if "pattern" in schema and not _matches(schema["pattern"], value):
            raise invalid(f"{path}: failed validation constraint for keyword [pattern]")
    elif not isinstance(value, bool):
        if "minimum" in schema and value < schema["minimum"]:
            raise invalid(f"{path}: {value} is not greater or equal to {schema['minimum']}")
        if "maximum" in schema and value > schema["maximum"]:
            raise invalid(f"{path}: {value} is not less or equal to {schema['maximum']}")


def _matches(pattern: str, text: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.search(text) is not None


@lru_cache(1024)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Return a pattern, None for one that only other languages have; what it would refuse, the service refuses."""
    try:
        return re.compile(pattern)
    except re.error:
        return None
