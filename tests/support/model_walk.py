"""Requests made from botocore's model alone: one that is right, and one for every way to spoil every value of it.

What AWS is known to do otherwise than its model says is read from the product's table of differences; nothing else of
the product is asked, so that a check that is missing there is missed here.
"""

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import botocore.session
from botocore.model import OperationModel, ServiceModel

from globaltables.api.differences import (
    LIMITS,
    NAME_CHARACTERS_MAX,
    NAME_CHARACTERS_MIN,
    NAME_MEMBER,
    NAME_SHAPE,
    PATTERN_NOTATIONS,
    REQUIRED_UNLESS,
    UNCHECKED_KEYS,
    UNCHECKED_SHAPES,
    Limits,
)
from globaltables.api.model import OWN_MODEL_FOLDER

#: botocore's; its types do not tell structures, lists and maps apart.
Shape = Any

SERIALIZATION = "SerializationException"
VALIDATION = "ValidationException"
_ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/walked"
_TEXTS = (
    "walked",
    _ARN,
    "abcdefgh",
    "12345678",
    "a" * 40,
    "arn:aws:kinesis:us-east-1:123456789012:stream/walked",
    "1" * 12,
)
_NUMBERS = frozenset({"integer", "long", "double", "float"})
#: JSON values of every type, and which of them each kind of shape reads.
_JSON: tuple[Any, ...] = ("text", 1, 1.5, True, [], {})
_READ: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "blob": (),
    "boolean": (bool,),
    "integer": (int, float),
    "long": (int, float),
    "double": (int, float),
    "float": (int, float),
    "timestamp": (int, float),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}
#: Attribute values whose JSON is of the wrong type, and ones that make no sense.
_MISTYPED_VALUES: tuple[Any, ...] = (
    {"S": 1},
    {"N": 1},
    {"B": 1},
    {"B": "not base64!"},
    {"SS": "a"},
    {"SS": [1]},
    {"NS": [1]},
    {"BS": [{}]},
    {"L": {}},
    {"L": [1]},
    {"M": []},
    {"M": {"a": "b"}},
    {"BOOL": 1},
    {"NULL": "text"},
    {"L": [{"M": {"a": {"S": []}}}]},
)
_WRONG_VALUES: tuple[Any, ...] = (
    {},
    {"S": "a", "N": "1"},
    {"Nonsense": "a"},
    {"N": "a"},
    {"N": "1e126"},
    {"SS": []},
    {"SS": ["a", "a"]},
    {"NS": ["1", "1.0"]},
    {"NULL": False},
    {"L": [{}]},
    {"M": {"a": {"NS": ["x"]}}},
)


@dataclass(frozen=True)
class Place:
    """A value in a request.

    Attributes:
        path: keys and positions that lead to it.
        shape: the model's.
        required: whether the structure that it is a member of needs it.
        limits: the least and greatest length or value that AWS allows.
        is_name: a table's name.
    """

    path: tuple[Any, ...]
    shape: Shape
    required: bool
    limits: Limits
    is_name: bool


@dataclass(frozen=True)
class Case:
    """A request with one thing wrong.

    Attributes:
        what: for the report.
        request: as it is sent.
        code: what it must be refused with.
        path: of the value that is wrong, as AWS writes it in its list of violations.
    """

    what: str
    request: Any
    code: str
    path: str


def operations() -> Iterator[tuple[str, OperationModel]]:
    """Yield the operations of every service, and ours, by X-Amz-Target value."""
    loader = botocore.session.get_session().get_component("data_loader")
    documents = [
        loader.load_service_model(service, "service-2")
        for service in ("dynamodb", "dynamodbstreams", "application-autoscaling")
    ]
    documents += [
        json.loads(path.read_text()) for path in sorted(OWN_MODEL_FOLDER.glob("*/*/service-2.json"))
    ]
    for document in documents:
        model = ServiceModel(document)
        for name in model.operation_names:
            yield f"{model.metadata['targetPrefix']}.{name}", model.operation_model(name)


class Walker:
    """Makes the requests of one operation."""

    def __init__(self, operation: OperationModel) -> None:
        self._name = operation.name
        self._input: Shape = operation.input_shape

    def minimal(self) -> dict[str, Any]:
        """Return a request with what is required and nothing else."""
        return {} if self._input is None else self._value(self._input, _NO_LIMITS)

    def wrong(self) -> Iterator[Case]:
        """Yield a request for every place and every way in which it can be spoiled."""
        for place in self.places():
            yield from self._spoiled(place)

    def harmless(self) -> Iterator[tuple[str, Any, Any]]:
        """Yield requests with a null or an unknown member, and what is left when it is taken out."""
        for place in self.places():
            base = self.request(place.path)
            if isinstance(place.path[-1], str) and not place.required and not _in_map(place):
                spoiled = _with(base, place.path, None)
                yield f"{self._name} {place.path} null", spoiled, _without(base, place.path)
            if place.shape.type_name == "structure" and place.shape.name != "AttributeValue":
                stray = (*place.path, "NoSuchMember")
                yield f"{self._name} {stray}", _with(base, stray, {"a": [1]}), base
        whole = self.minimal()
        yield f"{self._name} NoSuchMember", {**whole, "NoSuchMember": 1}, whole

    def request(self, path: tuple[Any, ...]) -> Any:
        """Return the minimal request that has a value at a path."""
        built = self.minimal()
        shape, container = self._input, cast("Any", built)
        for key in path:
            limits = _NO_LIMITS
            if shape.type_name == "structure":
                limits = LIMITS.get((shape.name, key), _NO_LIMITS)
                child = shape.members[key]
            else:
                child = shape.member if shape.type_name == "list" else shape.value
            if key == 0 and not container:
                container.append(self._value(child, limits))
            elif key != 0 and key not in container:
                container[key] = self._value(child, limits)
            shape, container = child, container[key]
        return built

    def places(self) -> Iterator[Place]:
        """Yield every value that a request can have, down to the attribute values."""
        if self._input is not None:
            yield from self._inside((), self._input, ())

    def _inside(
        self, path: tuple[Any, ...], shape: Shape, above: tuple[str, ...]
    ) -> Iterator[Place]:
        if shape.name == "AttributeValue" or shape.name in above:
            return
        deeper = (*above, shape.name)
        if shape.type_name == "structure":
            for name, member in shape.members.items():
                place = _member_place((*path, name), shape, name, member)
                yield place
                yield from self._inside(place.path, member, deeper)
        elif shape.type_name in ("list", "map"):
            key: Any = 0 if shape.type_name == "list" else _map_key(shape)
            element = shape.member if shape.type_name == "list" else shape.value
            limits = _limits(element, _NO_LIMITS)
            yield Place((*path, key), element, required=False, limits=limits, is_name=False)
            yield from self._inside((*path, key), element, deeper)

    def _value(self, shape: Shape, limits: Limits) -> Any:
        kind = shape.type_name
        if shape.name == "AttributeValue":
            return {"S": "a"}
        if kind == "structure":
            return {
                name: self._value(shape.members[name], LIMITS.get((shape.name, name), _NO_LIMITS))
                for name in _needed(shape)
            }
        if kind in ("list", "map"):
            return self._one(shape) if (_limits(shape, limits).minimum or 0) else _EMPTY[kind]()
        if kind == "boolean":
            return True
        if kind == "blob":
            return "YQ=="
        if kind in _NUMBERS or kind == "timestamp":
            return max(1, _limits(shape, limits).minimum or 1)
        return _text(shape)

    def _one(self, shape: Shape) -> Any:
        if shape.type_name == "list":
            return [self._value(shape.member, _NO_LIMITS)]
        return {_map_key(shape): self._value(shape.value, _NO_LIMITS)}

    def _spoiled(self, place: Place) -> Iterator[Case]:
        base = self.request(place.path)
        where = f"{self._name} {'.'.join(map(str, place.path))}"
        path = _violation_path(place.path)

        def case(value: Any, code: str) -> Case:
            return Case(f"{where} = {value!r:.40}", _with(base, place.path, value), code, path)

        for value in _mistyped(place.shape):
            yield case(value, SERIALIZATION)
        if place.required:
            yield case(None, VALIDATION)
            yield Case(f"{where} missing", _without(base, place.path), VALIDATION, path)
        for value in _forbidden(place):
            yield case(value, VALIDATION)
        if place.shape.name == "AttributeValue":
            for value in _WRONG_VALUES:
                # Where the items layer looks, with a text of its own.
                yield Case(f"{where} = {value!r}", _with(base, place.path, value), VALIDATION, "")


_NO_LIMITS = Limits()
_EMPTY: dict[str, type[Any]] = {"list": list, "map": dict}


def _needed(shape: Shape) -> list[str]:
    """Return the members without which AWS refuses a structure."""
    return [
        name
        for name in shape.members
        if name in shape.required_members or (shape.name, name) in REQUIRED_UNLESS
    ]


def _member_place(path: tuple[Any, ...], owner: Shape, name: str, member: Shape) -> Place:
    needed = name in _needed(owner)
    limits = _limits(member, LIMITS.get((owner.name, name), _NO_LIMITS))
    is_name = name == NAME_MEMBER and member.name == NAME_SHAPE
    return Place(path, member, required=needed, limits=limits, is_name=is_name)


def _limits(shape: Shape, narrower: Limits) -> Limits:
    minimum, maximum = narrower.minimum, narrower.maximum
    return Limits(
        shape.metadata.get("min") if minimum is None else minimum,
        shape.metadata.get("max") if maximum is None else maximum,
    )


def _map_key(shape: Shape) -> str:
    return "walked" if shape.key.name in UNCHECKED_KEYS else _text(shape.key)


def _in_map(place: Place) -> bool:
    """Tell whether a text in a path is the key of a map rather than a member's name."""
    return not place.path[-1][:1].isupper()


def _mistyped(shape: Shape) -> Iterator[Any]:
    if shape.name == "AttributeValue":
        yield from ("text", 1, True, [])
        yield from _MISTYPED_VALUES
        return
    for value in _JSON:
        if type(value) not in _READ[shape.type_name]:
            yield value


def _forbidden(place: Place) -> Iterator[Any]:
    """Yield values of the right type that AWS's model does not allow."""
    shape, kind = place.shape, place.shape.type_name
    if shape.name in UNCHECKED_SHAPES or shape.name == "AttributeValue":
        return
    minimum, maximum = place.limits.minimum, place.limits.maximum
    if place.is_name:
        yield from ("", "a" * (NAME_CHARACTERS_MIN - 1), "a;b", "a" * (NAME_CHARACTERS_MAX + 1))
    elif kind in _NUMBERS:
        if minimum is not None:
            yield minimum - 1
        if maximum is not None:
            yield maximum + 1
    elif kind == "string":
        yield from _forbidden_texts(shape, minimum, maximum)
    elif kind in ("list", "map"):
        if minimum:
            yield _EMPTY[kind]()
        if maximum is not None and kind == "list":
            yield [None] * (maximum + 1)


def _forbidden_texts(shape: Shape, minimum: int | None, maximum: int | None) -> Iterator[str]:
    if shape.enum:
        yield from ("NONSENSE", "", shape.enum[0].swapcase())
        return
    if minimum:
        yield "a" * (minimum - 1)
    if maximum is not None:
        yield "a" * (maximum + 1)
    matcher = _matcher(shape)
    if matcher is not None:
        yield from (text for text in ("\x00", "ä", "a b;", "") if not matcher.fullmatch(text))


def _text(shape: Shape) -> str:
    if shape.enum:
        return str(shape.enum[0])
    if shape.name in UNCHECKED_SHAPES:
        return _ARN
    minimum, maximum = shape.metadata.get("min", 0), shape.metadata.get("max", 2**31)
    matcher = _matcher(shape)
    for text in _TEXTS:
        for fitting in (text, text[:maximum]):
            if minimum <= len(fitting) <= maximum and (
                matcher is None or matcher.fullmatch(fitting)
            ):
                return str(fitting)
    return "a" * max(1, int(minimum))


def _matcher(shape: Shape) -> re.Pattern[str] | None:
    pattern = shape.metadata.get("pattern")
    if not pattern:
        return None
    for java, python in PATTERN_NOTATIONS.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern, re.ASCII)


def _violation_path(path: tuple[Any, ...]) -> str:
    """Return a path as AWS writes it: keySchema.1.member.keyType; elements are reported with their collection."""
    while not (isinstance(path[-1], str) and path[-1][:1].isupper()):
        path = path[:-1]
    written = ""
    for key in path:
        if isinstance(key, int):
            written += f".{key + 1}.member"
        elif key[:1].isupper():
            written += f".{key[:1].lower()}{key[1:]}"
        else:
            written += f".{key}.member"
    return written[1:]


def _with(request: Any, path: tuple[Any, ...], value: Any) -> Any:
    spoiled = copy.deepcopy(request)
    _parent(spoiled, path)[path[-1]] = value
    return spoiled


def _without(request: Any, path: tuple[Any, ...]) -> Any:
    spoiled = copy.deepcopy(request)
    del _parent(spoiled, path)[path[-1]]
    return spoiled


def _parent(request: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        request = request[key]
    return request
