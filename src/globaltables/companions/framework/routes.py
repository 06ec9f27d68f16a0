"""Finds the operation of a REST request by its method, path, query and headers."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from globaltables.api.service_model import ServiceModel, ServiceOperation

#: The parameters of a query, each with all its values.
Parameters = Mapping[str, list[str]]
_NO_LABELS: Mapping[str, str] = {}


def parameters_of(query: str) -> Parameters:
    """Return the parameters of a query."""
    return parse_qs(query, keep_blank_values=True)


@dataclass(frozen=True, slots=True)
class _Route:
    """An operation, and what its requests cannot be without beside method and path.

    Attributes:
        parameters: names of required members in the query.
        headers: lower-case names of required members in headers.
    """

    operation: ServiceOperation
    parameters: tuple[str, ...]
    headers: tuple[bytes, ...]

    def is_complete(self, parameters: Parameters, headers: Mapping[bytes, bytes]) -> bool:
        return all(name in parameters for name in self.parameters) and all(
            name in headers for name in self.headers
        )


class Routes:
    """Finds operations.

    Args:
        model: whose.
    """

    def __init__(self, model: ServiceModel) -> None:
        self._by_method: dict[str, list[_Route]] = {}
        for operation in model.operations.values():
            route = _route(model, operation)
            self._by_method.setdefault(operation.method, []).append(route)
        for routes in self._by_method.values():
            routes.sort(key=_looseness)

    def find(
        self, method: str, path: str, parameters: Parameters, headers: Mapping[bytes, bytes]
    ) -> tuple[ServiceOperation, Mapping[str, str]] | None:
        """Return the operation of a request line and the texts of the path's labels.

        Of several operations the one is meant of which most is there; a request that lacks something of the only one
        that it can be for is found all the same, so that it can be told what it lacks.

        Args:
            method: e.g. "GET".
            path: percent-encoded, without the query.
            parameters: of the query.
            headers: lower-case names.
        """
        incomplete: tuple[ServiceOperation, Mapping[str, str]] | None = None
        for route in self._by_method.get(method, ()):
            labels = _labels(route.operation.path, path)
            if labels is None or not _has_query(route.operation, parameters):
                continue
            if route.is_complete(parameters, headers):
                return route.operation, labels
            incomplete = incomplete or (route.operation, labels)
        return incomplete


def _route(model: ServiceModel, operation: ServiceOperation) -> _Route:
    if not operation.input:
        return _Route(operation, (), ())
    shape = model.shapes[operation.input["shape"]]
    places: dict[str, list[str]] = {"querystring": [], "header": []}
    for name in shape.get("required", ()):
        reference = shape["members"][name]
        if reference.get("location") in places:
            places[reference["location"]].append(reference["locationName"])
    headers = tuple(name.lower().encode("ascii") for name in places["header"])
    return _Route(operation, tuple(places["querystring"]), headers)


def _looseness(route: _Route) -> tuple[int, int, int, list[bool], bool, bool]:
    """Return what sorts the more exact of two operations first."""
    operation = route.operation
    labels = [segment.startswith("{") for segment in operation.path]
    greedy = any(segment.endswith("+}") for segment in operation.path)
    fixed = sum(1 if value is None else 2 for value in operation.query.values())
    asked = len(route.parameters) + len(route.headers)
    return (-fixed, -asked, -len(operation.path), labels, greedy, operation.is_deprecated)


def _has_query(operation: ServiceOperation, parameters: Parameters) -> bool:
    return all(
        name in parameters and (value is None or parameters[name][0] == value)
        for name, value in operation.query.items()
    )


def _labels(expected: tuple[str, ...], path: str) -> Mapping[str, str] | None:
    """Return the texts of a path's labels, None when it is another path."""
    if expected[-1].endswith("+}"):
        segments = path.removeprefix("/").split("/", len(expected) - 1)
    else:
        segments = path.strip("/").split("/")
    if len(segments) != len(expected):
        return None
    labels: dict[str, str] = {}
    for pattern, segment in zip(expected, segments, strict=True):
        if pattern.startswith("{"):
            if not segment:
                return None
            labels[pattern.strip("{+}")] = unquote(segment)
        elif pattern != segment:
            return None
    return labels or _NO_LABELS
