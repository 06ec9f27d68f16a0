"""The operations of DynamoDB and DynamoDB Streams, read from botocore's model files, and our own beside them.

Only botocore's data is used; importing botocore itself costs a tenth of a second and tens of megabytes. What AWS does
not have (seeing, proving and disturbing replication) is modelled in the same form, so that requests are checked alike
and botocore can be its client.
"""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson

from globaltables.api.shapes import Shape, Shapes, parse_shapes
from globaltables.api.validation import compile_check

_MODEL_FILES = (
    "dynamodb/2012-08-10/service-2.json.gz",
    "dynamodbstreams/2012-08-10/service-2.json.gz",
)
#: A folder of models as botocore's loader reads them.
OWN_MODEL_FOLDER = Path(__file__).parent / "own"
_OWN_MODEL_FILE = "globaltables/2026-11-21/service-2.json"


@dataclass(frozen=True, slots=True)
class ModelledError:
    """An error that the model lists for an operation.

    Attributes:
        code: AWS's name, e.g. "ConditionalCheckFailedException".
        members: the members of the error's body, e.g. message and Item.
    """

    code: str
    members: tuple[str, ...]


class OperationModel:
    """What the model says of one operation, and the check of its requests.

    Attributes:
        name: AWS's name, e.g. "PutItem".
        target: the X-Amz-Target value, e.g. "DynamoDB_20120810.PutItem".
        shapes: every shape of the service.
        input: the shape of a request.
        output: the shape of a response, None where a success has no body.
        errors: the errors that the model lists.
        check: `check(request)` returns when AWS would accept the form of the request and raises ApiError with
            AWS's text when not. Removes unknown and null members, converts what AWS converts. Compiled at first use.
    """

    __slots__ = ("check", "errors", "input", "name", "output", "shapes", "target")

    def __init__(
        self,
        name: str,
        target: str,
        shapes: Shapes,
        signature: tuple[Shape, Shape | None],
        errors: tuple[ModelledError, ...],
    ) -> None:
        self.name = name
        self.target = target
        self.shapes = shapes
        self.input, self.output = signature
        self.errors = errors
        self.check: Callable[[Any], None] = self._compile_and_check

    def _compile_and_check(self, request: Any) -> None:
        # Whoever kept this method instead of reading the attribute gets the compiled check too.
        if self.check == self._compile_and_check:
            self.check = compile_check(self.name, self.input, self.shapes)
        self.check(request)


class Models:
    """The operations of some services.

    Attributes:
        operations: by X-Amz-Target value, in the model's order.
    """

    __slots__ = ("operations",)

    def __init__(self, operations: Mapping[str, OperationModel]) -> None:
        self.operations = operations

    def operation(self, target: str) -> OperationModel | None:
        """Return the operation of an X-Amz-Target value, None when AWS has no such operation."""
        return self.operations.get(target)


def load_models() -> Models:
    """Return AWS's models in the installed botocore.

    Raises:
        AssertionError: botocore, a dependency of this package, is not installed.
    """
    operations = (operation for file in _MODEL_FILES for operation in read_operations(file))
    return Models(MappingProxyType({operation.target: operation for operation in operations}))


def read_operations(file: str) -> list[OperationModel]:
    """Return the operations of a model file in botocore's data folder.

    Raises:
        AssertionError: botocore, a dependency of this package, is not installed.
    """
    return _operations(read_document(file))


def read_document(file: str) -> dict[str, Any]:
    """Return a model file in botocore's data folder as it is.

    Raises:
        AssertionError: botocore, a dependency of this package, is not installed.
    """
    spec = find_spec("botocore")
    assert spec is not None, "botocore is a dependency"
    assert spec.submodule_search_locations, "botocore is a package"
    packed = Path(spec.submodule_search_locations[0]) / "data" / file
    document: dict[str, Any] = orjson.loads(gzip.decompress(packed.read_bytes()))
    return document


def with_own_operations(models: Models) -> Models:
    """Return models with our own operations added."""
    document = orjson.loads((OWN_MODEL_FOLDER / _OWN_MODEL_FILE).read_bytes())
    own = {operation.target: operation for operation in _operations(document)}
    return Models(MappingProxyType({**models.operations, **own}))


def _operations(document: Mapping[str, Any]) -> list[OperationModel]:
    shapes = parse_shapes(document["shapes"])
    prefix = document["metadata"]["targetPrefix"]
    return [
        OperationModel(
            name=name,
            target=f"{prefix}.{name}",
            shapes=shapes,
            signature=(shapes[fields["input"]["shape"]], _output(fields, shapes)),
            errors=tuple(
                ModelledError(error["shape"], tuple(shapes[error["shape"]].members))
                for error in fields.get("errors", ())
            ),
        )
        for name, fields in document["operations"].items()
    ]


def _output(fields: Mapping[str, Any], shapes: Shapes) -> Shape | None:
    return shapes[fields["output"]["shape"]] if "output" in fields else None
