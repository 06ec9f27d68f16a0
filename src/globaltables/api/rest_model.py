"""The operations of a service that speaks REST with JSON, read from botocore's model when it is first needed.

An operation is named by method and path; members of a request travel in the path, in the query or in the body.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from globaltables.api.model import read_document
from globaltables.api.shapes import Shape, Shapes, parse_shapes
from globaltables.api.validation import compile_check

Place = Literal["uri", "querystring"]
_PLACES = ("uri", "querystring")


@dataclass(frozen=True, slots=True)
class Binding:
    """A member of a request that is not in the body.

    Attributes:
        member: its name in the request.
        place: where it is.
        name: under which it is there.
        shape: what its text stands for.
    """

    member: str
    place: Place
    name: str
    shape: Shape


class RestOperation:
    """What a model says of one operation.

    Attributes:
        name: AWS's name, e.g. "StartExperiment".
        method: e.g. "POST".
        path: its segments, e.g. ("experiments", "{id}").
        status: of a success.
        bindings: the members that are not in the body.
        check: returns when AWS would accept the form of a request and raises ApiError when not. Removes unknown and
            null members. Compiled at first use.
    """

    __slots__ = (
        "_input",
        "_qualified",
        "_shapes",
        "bindings",
        "check",
        "method",
        "name",
        "path",
        "status",
    )

    def __init__(
        self,
        qualified: tuple[str, str],
        http: Mapping[str, Any],
        bindings: tuple[Binding, ...],
        shape: Shape,
        shapes: Shapes,
    ) -> None:
        self.name = qualified[1]
        self.method: str = http["method"]
        self.path = tuple(http["requestUri"].strip("/").split("/"))
        self.status: int = http.get("responseCode", 200)
        self.bindings = bindings
        # DynamoDB's differences from its model are found by the operation's name; other services have none of them.
        self._qualified = ".".join(qualified)
        self._input = shape
        self._shapes = shapes
        self.check: Callable[[Any], None] = self._compile_and_check

    def _compile_and_check(self, request: Any) -> None:
        self.check = compile_check(self._qualified, self._input, self._shapes)
        self.check(request)


@dataclass(frozen=True, slots=True)
class RestModel:
    """One service.

    Attributes:
        operations: in the model's order.
        error_status: HTTP status by error code, for those whose status is not 400.
    """

    operations: tuple[RestOperation, ...]
    error_status: Mapping[str, int]


def read_rest_model(file: str) -> RestModel:
    """Return the service of a model file in botocore's data folder."""
    document = read_document(file)
    shapes = parse_shapes(document["shapes"])
    service = document["metadata"]["endpointPrefix"]
    operations = tuple(
        _operation(service, name, fields, document["shapes"], shapes)
        for name, fields in document["operations"].items()
    )
    statuses = {
        name: fields["error"]["httpStatusCode"]
        for name, fields in document["shapes"].items()
        if "httpStatusCode" in fields.get("error", ())
    }
    return RestModel(operations, statuses)


def _operation(
    service: str,
    name: str,
    fields: Mapping[str, Any],
    documents: Mapping[str, Any],
    shapes: Shapes,
) -> RestOperation:
    input_name = fields["input"]["shape"]
    bindings = tuple(
        Binding(
            member,
            cast("Place", reference["location"]),
            reference["locationName"],
            shapes[reference["shape"]],
        )
        for member, reference in documents[input_name]["members"].items()
        if reference.get("location") in _PLACES
    )
    return RestOperation((service, name), fields["http"], bindings, shapes[input_name], shapes)
