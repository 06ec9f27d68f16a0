"""The first look at a request: does its JSON have the types of the model, in AWS's words if not.

A checker takes a value and returns it, converted where AWS's parser converts. Structures lose their unknown and
their null members, so that behind this point every member is one that the model knows.
"""

from collections.abc import Callable, Mapping
from typing import Any

from globaltables.api.attribute_values import check_attributes, check_element, check_member
from globaltables.api.scalars import SCALAR_CHECKS
from globaltables.api.shapes import ATTRIBUTE_VALUE, Shape, Shapes
from globaltables.foundation.errors import ApiError, serialization

TypeCheck = Callable[[Any], Any]

_PACKAGE = "com.amazonaws.dynamodb.v20120810."
_STRUCTURE = "Start of structure or map found where not expected"

#: What AWS's parser says of a scalar where a collection inside a collection is expected.
_GENERIC_CAST = (
    "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class"
    " (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base"
    " of loader 'bootstrap')"
)
_JAVA_SCALARS: Mapping[str, str] = {
    "string": "java.lang.String",
    "boolean": "java.lang.Boolean",
    "integer": "java.lang.Integer",
    "long": "java.lang.Long",
    "double": "java.lang.Double",
    "timestamp": "java.util.Date",
    "blob": "java.nio.ByteBuffer",
}
#: The Python type of a member that needs no call.
_PLAIN: Mapping[str, type] = {"string": str, "boolean": bool, "integer": int, "long": int}


def compile_types(shape: Shape, shapes: Shapes) -> TypeCheck:
    """Return the checker of an operation's whole request."""
    # AWS answers a request that is no object as one that is no JSON: without a text.
    return _structure(shape, shapes, lambda _: serialization(None))


def _checker(shape: Shape, shapes: Shapes, *, inside: bool) -> TypeCheck:
    """Return the checker of a shape; inside says that it is an element of a list or a value of a map."""
    if shape.name == ATTRIBUTE_VALUE:
        return check_element if inside else check_member
    if shape.kind == "structure":
        return _structure(shape, shapes, _structure_refusal(shape, inside=inside))
    if shape.kind == "list":
        return _list(shape, shapes, inside=inside)
    if shape.kind == "map":
        return _map(shape, shapes, inside=inside)
    return SCALAR_CHECKS[shape.kind]


def _structure(shape: Shape, shapes: Shapes, refusal: Callable[[Any], ApiError]) -> TypeCheck:
    checks = {
        name: _checker(shapes[member], shapes, inside=False)
        for name, member in shape.members.items()
    }
    plain = {
        name: _PLAIN[shapes[member].kind]
        for name, member in shape.members.items()
        if shapes[member].kind in _PLAIN
    }

    def check(value: Any) -> Any:
        if type(value) is not dict:
            raise refusal(value)
        strays: list[str] | None = None
        for name, content in value.items():
            if name in plain and plain[name] is type(content):
                continue
            if content is None or name not in checks:
                strays = [name] if strays is None else [*strays, name]
                continue
            converted = checks[name](content)
            if converted is not content:
                value[name] = converted
        if strays is not None:
            for name in strays:
                del value[name]
        return value

    return check


def _structure_refusal(shape: Shape, *, inside: bool) -> Callable[[Any], ApiError]:
    of_list = f"Unrecognized collection type class {_PACKAGE}{shape.name}"
    otherwise = "Unexpected value type in payload" if inside else "Unexpected field type"
    return lambda value: _refusal(value, list, of_list, otherwise)


def _list(shape: Shape, shapes: Shapes, *, inside: bool) -> TypeCheck:
    element = _checker(shapes[shape.element], shapes, inside=True)
    otherwise = _GENERIC_CAST if inside else "Unexpected field type"

    def check(value: Any) -> Any:
        if type(value) is not list:
            raise _refusal(value, dict, _STRUCTURE, otherwise)
        for position, content in enumerate(value):
            if content is not None:
                converted = element(content)
                if converted is not content:
                    value[position] = converted
        return value

    return check


def _map(shape: Shape, shapes: Shapes, *, inside: bool) -> TypeCheck:
    contents = check_attributes if shape.element == ATTRIBUTE_VALUE else _contents(shape, shapes)
    otherwise = _GENERIC_CAST if inside else "Unexpected field type"
    java = _java_type(shape, shapes)

    def check(value: Any) -> Any:
        if type(value) is dict:
            contents(value)
            return value
        raise _refusal(value, list, f"Unrecognized collection type {java}", otherwise)

    return check


def _contents(shape: Shape, shapes: Shapes) -> Callable[[dict[str, Any]], None]:
    element = _checker(shapes[shape.element], shapes, inside=True)

    def check(value: dict[str, Any]) -> None:
        for key, content in value.items():
            if content is not None:
                converted = element(content)
                if converted is not content:
                    value[key] = converted

    return check


def _refusal(value: Any, wrong: type, text: str, otherwise: str) -> ApiError:
    """Return the text for the other kind of collection, or the one for a scalar."""
    return serialization(text if type(value) is wrong else otherwise)


def _java_type(shape: Shape, shapes: Shapes) -> str:
    if shape.kind == "structure":
        return _PACKAGE + shape.name
    if shape.kind == "list":
        return f"java.util.List<{_java_type(shapes[shape.element], shapes)}>"
    if shape.kind == "map":
        return f"java.util.Map<java.lang.String, {_java_type(shapes[shape.element], shapes)}>"
    return _JAVA_SCALARS[shape.kind]
