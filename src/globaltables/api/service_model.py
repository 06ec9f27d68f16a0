"""The operations of any AWS service, read from botocore's model when the service is first needed.

Beside what an operation is called and what its requests must look like, a model says how requests and responses
travel: that part is kept as the model has it, for the protocols.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from globaltables.api.model import read_document
from globaltables.api.shapes import Shapes, parse_shapes
from globaltables.api.validation import compile_check

#: A shape, or a reference to one with what is special about it, as botocore's model has it.
Fields = Mapping[str, Any]


class ServiceOperation:
    """What a model says of one operation.

    Attributes:
        name: AWS's name, e.g. "StartExperiment".
        method: of REST, e.g. "POST".
        path: of REST: its segments, e.g. ("experiments", "{id}"); the last one may be greedy, "{Key+}".
        query: of REST: what the query has to have, e.g. {"uploads": None, "list-type": "2"}.
        status: of a success.
        input: reference to the shape of a request; empty when there is none.
        output: reference to the shape of a response; empty when there is none.
        is_deprecated: whether there is another one for its purpose.
        check: returns when AWS would accept the form of a request and raises ApiError when not. Removes unknown and
            null members. Blobs are Base64 text, timestamps seconds since 1970. Compiled at first use.
    """

    __slots__ = (
        "_input_shape",
        "_qualified",
        "_shapes",
        "check",
        "input",
        "is_deprecated",
        "method",
        "name",
        "output",
        "path",
        "query",
        "status",
    )

    def __init__(self, service: str, name: str, fields: Fields, shapes: Shapes) -> None:
        http = fields["http"]
        path, _, query = http["requestUri"].partition("?")
        self.name = name
        self.method: str = http["method"]
        self.path = tuple(path.strip("/").split("/"))
        self.query = {
            key: value if equals else None
            for key, equals, value in (part.partition("=") for part in query.split("&") if part)
        }
        self.status: int = http.get("responseCode", 200)
        self.is_deprecated: bool = fields.get("deprecated", False)
        self.input: Fields = fields.get("input", {})
        self.output: Fields = fields.get("output", {})
        # DynamoDB's differences from its model are found by the operation's name; other services have none of them.
        self._qualified = f"{service}.{name}"
        self._input_shape = self.input.get("shape", "")
        self._shapes = shapes
        self.check: Callable[[Any], None] = self._compile_and_check

    def _compile_and_check(self, request: Any) -> None:
        self.check = (
            compile_check(self._qualified, self._shapes[self._input_shape], self._shapes)
            if self._input_shape
            else _take_everything_out
        )
        self.check(request)


@dataclass(frozen=True, slots=True)
class ServiceModel:
    """One service.

    Attributes:
        operations: by AWS's name, in the model's order.
        shapes: by name, as the model has them.
        error_status: HTTP status by error code, where the model has one.
        error_shapes: the shape of an error's body by its code.
        namespace: of the XML of responses; empty for none.
        target_prefix: what the X-Amz-Target header has before the operation; empty for none.
        json_version: of the JSON protocol, e.g. "1.1".
        api_version: e.g. "2010-05-08".
        protocol: the one of its own, e.g. "rest-json".
        is_query_compatible: whether errors carry the codes of the query protocol, which it had before.
    """

    operations: Mapping[str, ServiceOperation]
    shapes: Mapping[str, Fields]
    error_status: Mapping[str, int]
    error_shapes: Mapping[str, str]
    namespace: str
    target_prefix: str
    json_version: str
    api_version: str
    protocol: str
    is_query_compatible: bool

    def with_names(self, names: Mapping[str, Mapping[str, str]]) -> "ServiceModel":
        """Return the model with other names of members in texts, by shape and member; itself when there are none.

        The members of a map are "key" and "value".
        """
        if not names:
            return self
        shapes = {
            **self.shapes,
            **{name: _named(self.shapes[name], of) for name, of in names.items()},
        }
        return replace(self, shapes=shapes)


def read_service_model(file: str) -> ServiceModel:
    """Return the service of a model file in botocore's data folder."""
    document = read_document(file)
    metadata = document["metadata"]
    shapes = parse_shapes(document["shapes"])
    errors = {name: one for name, one in document["shapes"].items() if one.get("exception")}
    codes = {name: one.get("error", {}).get("code", name) for name, one in errors.items()}
    return ServiceModel(
        operations={
            name: ServiceOperation(metadata["endpointPrefix"], name, fields, shapes)
            for name, fields in document["operations"].items()
        },
        shapes=document["shapes"],
        error_status={
            codes[name]: one["error"]["httpStatusCode"]
            for name, one in errors.items()
            if "httpStatusCode" in one.get("error", ())
        },
        error_shapes={code: name for name, code in codes.items()},
        namespace=metadata.get("xmlNamespace", ""),
        target_prefix=metadata.get("targetPrefix", ""),
        json_version=metadata.get("jsonVersion", "1.1"),
        api_version=metadata["apiVersion"],
        protocol=metadata["protocol"],
        is_query_compatible="awsQueryCompatible" in metadata,
    )


def _named(shape: Fields, names: Mapping[str, str]) -> Fields:
    """Return a structure or map whose members have other names."""
    if shape["type"] == "map":
        return {
            **shape,
            **{part: {**shape[part], "locationName": name} for part, name in names.items()},
        }
    members = dict(shape["members"])
    for member, name in names.items():
        members[member] = {**members[member], "locationName": name}
    return {**shape, "members": members}


def _take_everything_out(request: Any) -> None:
    """Accept anything of an operation that takes nothing."""
    request.clear()
