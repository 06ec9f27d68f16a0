"""The schemas of resource types, from the data of the package cfn-lint; nothing of its code is run."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

from globaltables.foundation.errors import OperationalError

_HOME = "us-east-1"
_CUSTOM = "AWS::CloudFormation::CustomResource"
_PROPERTIES = "/properties/"


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema of one resource type.

    Attributes:
        type_name: e.g. "AWS::SQS::Queue".
        body: the JSON schema, with AWS's members beside.
    """

    type_name: str
    body: Mapping[str, Any]

    @property
    def create_only(self) -> tuple[tuple[str, ...], ...]:
        """The paths of the properties whose change makes a new resource."""
        return self._paths("createOnlyProperties")

    @property
    def perhaps_create_only(self) -> tuple[tuple[str, ...], ...]:
        """The paths of the properties whose change may make a new resource."""
        return self._paths("conditionalCreateOnlyProperties")

    @property
    def read_only(self) -> tuple[str, ...]:
        """The attributes, with dots."""
        return tuple(".".join(path) for path in self._paths("readOnlyProperties"))

    @property
    def write_only(self) -> tuple[tuple[str, ...], ...]:
        """The paths of the properties that cannot be read back."""
        return self._paths("writeOnlyProperties")

    @property
    def identifier(self) -> tuple[str, ...]:
        """The names of the properties that identify a resource."""
        return tuple(".".join(path) for path in self._paths("primaryIdentifier"))

    @property
    def tag_property(self) -> str | None:
        """The property that has the resource's tags."""
        tagging = self.body.get("tagging") or {}
        path = tagging.get("tagProperty", f"{_PROPERTIES}Tags")
        name: str = path.removeprefix(_PROPERTIES)
        if tagging.get("taggable") is False or name not in self.body["properties"]:
            return None
        return name

    @property
    def tags_are_map(self) -> bool:
        """Whether tags are an object of texts, not a list of Key and Value."""
        name = self.tag_property
        return name is not None and "object" in _types(self.body["properties"][name])

    def _paths(self, member: str) -> tuple[tuple[str, ...], ...]:
        return tuple(
            tuple(path.removeprefix(_PROPERTIES).split("/")) for path in self.body.get(member) or ()
        )


@lru_cache(1)
def schema_files() -> Mapping[str, Path]:
    """Return the file of every known type.

    Raises:
        OperationalError: the package is not installed.
    """
    package = find_spec("cfnlint")
    if package is None or not package.submodule_search_locations:
        raise OperationalError("CloudFormation needs the package cfn-lint (extra: companions)")
    folder = Path(package.submodule_search_locations[0]) / "data" / "schemas"
    known = orjson.loads((folder / "providers" / f"{_HOME}.json").read_bytes())
    return {name: folder / "resources" / f"{digest}.json" for name, digest in known.items()}


@lru_cache(256)
def schema_of(type_name: str) -> Schema | None:
    """Return the schema of a type, None for a type that AWS does not have."""
    file = schema_files().get(_CUSTOM if type_name.startswith("Custom::") else type_name)
    return None if file is None else Schema(type_name, orjson.loads(file.read_bytes()))


def is_known(type_name: str) -> bool:
    """Tell whether AWS has a type."""
    return type_name.startswith("Custom::") or type_name in schema_files()


def _types(schema: Mapping[str, Any]) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)
