"""Every member of every operation, given every kind of wrong value: AWS's refusal, never a failure of ours."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from globaltables.api.constraints import Rule, rule_of
from globaltables.api.differences import UNCHECKED_SHAPES
from globaltables.api.model import Models, OperationModel, load_models
from globaltables.api.shapes import ATTRIBUTE_VALUE, Shape
from globaltables.foundation.errors import ApiError

_MODELS = load_models()

#: One value of each JSON type.
_JSON_VALUES: tuple[Any, ...] = ("text", 1, 1.5, True, [], {})

#: What each kind of shape accepts of them.
_ACCEPTED: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "blob": (str,),
    "boolean": (bool,),
    "integer": (int, float),
    "long": (int, float),
    "double": (int, float),
    "timestamp": (int, float),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}


@dataclass(frozen=True)
class Case:
    """One request.

    Attributes:
        what: for the report of a failure.
        request: to be checked.
        code: of the refusal; empty where AWS leaves the refusal to a later check.
    """

    what: str
    request: Any
    code: str


class Generator:
    """Builds good requests of an operation, and spoils one value of them at a time."""

    def __init__(self, model: OperationModel) -> None:
        self._model = model
        self._shapes = model.shapes

    def good(self) -> dict[str, Any]:
        """Return a request with every member, to any depth."""
        rule = rule_of(self._model.input, self._shapes)
        request = self._good(self._model.input, rule)
        assert isinstance(request, dict)
        return request

    def cases(self) -> Iterator[Case]:
        """Yield the good request, spoiled in every place and way."""
        for path, shape, rule, required in self._places():
            yield from self._spoiled(path, shape, rule, required=required)

    def _good(self, shape: Shape, rule: Rule | None) -> Any:
        if shape.name == ATTRIBUTE_VALUE:
            return {"S": "a"}
        if shape.kind == "structure":
            rules = {m.name: m.rule for m in rule.members} if rule else {}
            return {
                name: self._good(self._shapes[member], rules.get(name))
                for name, member in shape.members.items()
            }
        if shape.kind in ("list", "map"):
            element = self._good(self._shapes[shape.element], rule.element if rule else None)
            length = max(1, (rule.minimum if rule else None) or 1)
            if shape.kind == "list":
                return [element] * length
            return {f"name{number}": element for number in range(length)}
        return self._good_scalar(shape, rule)

    def _good_scalar(self, shape: Shape, rule: Rule | None) -> Any:
        if shape.kind == "boolean":
            return True
        if shape.kind == "blob":
            return "YQ=="
        if shape.kind != "string":
            return max(1, (rule.minimum if rule else None) or 1)
        if shape.values:
            return shape.values[0]
        if shape.name in UNCHECKED_SHAPES:
            return "arn:aws:dynamodb:us-east-1:000000000000:table/users"
        return _text(rule)

    def _places(self) -> Iterator[tuple[list[Any], Shape, Rule | None, bool]]:
        rule = rule_of(self._model.input, self._shapes)
        yield from self._inside([], self._model.input, rule)

    def _inside(
        self, path: list[Any], shape: Shape, rule: Rule | None
    ) -> Iterator[tuple[list[Any], Shape, Rule | None, bool]]:
        if shape.name == ATTRIBUTE_VALUE:
            return
        children: list[tuple[Any, Shape, Rule | None, bool]] = []
        if shape.kind == "structure":
            rules = {m.name: m for m in rule.members} if rule else {}
            children = [
                (
                    name,
                    self._shapes[member],
                    rules[name].rule if name in rules else None,
                    name in rules and rules[name].required and not rules[name].unless,
                )
                for name, member in shape.members.items()
            ]
        elif shape.kind in ("list", "map"):
            key = 0 if shape.kind == "list" else "name0"
            element = rule.element if rule else None
            children = [(key, self._shapes[shape.element], element, False)]
        for key, child, child_rule, required in children:
            yield [*path, key], child, child_rule, required
            yield from self._inside([*path, key], child, child_rule)

    def _spoiled(
        self, path: list[Any], shape: Shape, rule: Rule | None, *, required: bool
    ) -> Iterator[Case]:
        where = f"{self._model.name} {path}"
        for value in _JSON_VALUES:
            if type(value) not in _ACCEPTED[shape.kind] and not _is_read(shape, value):
                yield Case(
                    f"{where} = {value!r}", self._with(path, value), "SerializationException"
                )
        if required:
            yield Case(f"{where} missing", self._without(path), "ValidationException")
            yield Case(f"{where} null", self._with(path, None), "ValidationException")
        if rule is not None:
            for value in _breaking(rule):
                yield Case(
                    f"{where} = {str(value)[:20]!r}", self._with(path, value), "ValidationException"
                )

    def _with(self, path: list[Any], value: Any) -> Any:
        request = self.good()
        _parent(request, path)[path[-1]] = value
        return request

    def _without(self, path: list[Any]) -> Any:
        request = self.good()
        del _parent(request, path)[path[-1]]
        return request


def _parent(request: Any, path: list[Any]) -> Any:
    for key in path[:-1]:
        request = request[key]
    return request


def _is_read(shape: Shape, value: Any) -> bool:
    """Say whether AWS's parser reads a value of another type, or the type has no JSON type of its own."""
    return shape.kind == "boolean" and value == "true"


def _text(rule: Rule | None) -> str:
    """Return a text that a rule allows."""
    if rule is None:
        return "text"
    length = 3 if rule.is_name else max(1, rule.minimum or 1)
    for character in ("a", "0123456789abcdef", "0", ","):
        for text in (character * length, character[:1] * length, character * 12):
            fits = rule.maximum is None or len(text) <= rule.maximum
            if fits and (rule.matcher is None or rule.matcher.fullmatch(text)):
                return text
    raise AssertionError(rule.pattern)


def _breaking(rule: Rule) -> Iterator[Any]:
    """Yield values of the right type that a rule forbids."""
    if rule.is_name:
        yield from ("", "ab", "a;b", "a" * 256)
    elif rule.shape.kind in ("integer", "long", "double"):
        if rule.minimum is not None:
            yield rule.minimum - 1
        if rule.maximum is not None:
            yield rule.maximum + 1
    elif rule.shape.kind == "string":
        if rule.values:
            yield "NONSENSE"
        if rule.minimum:
            yield "a" * (rule.minimum - 1)
        if rule.maximum is not None:
            yield "a" * (rule.maximum + 1)
        if rule.matcher is not None and not rule.matcher.fullmatch("\x00"):
            yield "\x00"
    elif rule.shape.kind == "list":
        if rule.minimum:
            yield []
        if rule.maximum is not None:
            yield [{} if rule.element is None else None] * (rule.maximum + 1)
    elif rule.shape.kind == "map" and rule.minimum:
        yield {}


@pytest.fixture(scope="module")
def models() -> Models:
    """The contract of both services."""
    return _MODELS


@pytest.mark.parametrize("target", _MODELS.operations)
def test_generated_request_that_is_right_is_accepted(models: Models, target: str) -> None:
    """A request with every member passes and keeps them all."""
    model = models.operations[target]
    request = Generator(model).good()

    model.check(request)

    assert set(model.input.members) == set(request)


@pytest.mark.parametrize("target", _MODELS.operations)
def test_generated_request_that_is_spoiled_is_refused(models: Models, target: str) -> None:
    """Missing, wrong type, too short, too long, out of range, unknown text: refused with AWS's code."""
    model = models.operations[target]
    wrong = []
    for case in Generator(model).cases():
        try:
            model.check(case.request)
        except ApiError as refused:
            if refused.code != case.code:
                wrong.append(f"{case.what}: {refused}")
        else:
            wrong.append(f"{case.what}: accepted")

    assert [] == wrong


@pytest.mark.parametrize("target", _MODELS.operations)
def test_generated_request_that_is_empty_is_refused_where_something_is_required(
    models: Models, target: str
) -> None:
    """An operation without required members accepts an empty request, the others do not."""
    model = models.operations[target]
    must_refuse = bool(model.input.required)
    refused = False
    try:
        model.check({})
    except ApiError:
        refused = True

    assert must_refuse == refused
