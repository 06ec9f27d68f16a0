"""No module-level mutable state: server/assembly.py builds everything and passes it in."""

import ast
import dataclasses
import enum
import importlib
from collections.abc import Iterator

from tests.support.sources import Module, product_modules

MUTABLE_DISPLAYS = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
MUTABLE_TYPES = frozenset(
    [
        "dict",
        "list",
        "set",
        "bytearray",
        "defaultdict",
        "deque",
        "Counter",
        "OrderedDict",
        "ChainMap",
    ]
)
#: With one of these as annotation, mypy refuses every change.
READ_ONLY_TYPES = ("Mapping", "Sequence", "Collection", "AbstractSet", "Set", "frozenset", "tuple")


def _is_mutable(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).rpartition(".")[2] in MUTABLE_TYPES
    return isinstance(value, MUTABLE_DISPLAYS)


def _is_read_only(annotation: ast.expr | None) -> bool:
    if annotation is None:
        return False
    text = ast.unparse(annotation)
    if text.startswith("Final["):
        text = text.removeprefix("Final[")
    return text.partition("[")[0].rpartition(".")[2] in READ_ONLY_TYPES


def _mutable_names(module: Module) -> Iterator[str]:
    for node in module.tree.body:
        if isinstance(node, ast.Assign):
            targets, annotation = node.targets, None
        elif isinstance(node, ast.AnnAssign):
            targets, annotation = [node.target], node.annotation
        else:
            continue
        names = ", ".join(ast.unparse(target) for target in targets)
        if names != "__all__" and _is_mutable(node.value) and not _is_read_only(annotation):
            yield f"{module.path}:{node.lineno} {names}"


def _is_changeable_object(value: object) -> bool:
    kind = type(value)
    if isinstance(value, type | enum.Enum) or not kind.__module__.startswith("globaltables."):
        return False
    if getattr(value, "__dict__", None) == {}:
        return False  # a marker: nothing in it could change
    if dataclasses.is_dataclass(kind):
        return not vars(kind)["__dataclass_params__"].frozen
    return not isinstance(value, tuple)


def test_module_level_containers_are_read_only() -> None:
    """A container at module level is annotated as Mapping, Sequence or Set, or is a tuple or frozenset."""
    found = [name for module in product_modules() for name in _mutable_names(module)]

    assert [] == found


def test_module_level_objects_are_frozen() -> None:
    """No instance of a class of ours lives in a module unless it cannot change."""
    found = [
        f"{module.path} {name}"
        for module in product_modules()
        if not module.name.endswith("__main__")
        for name, value in vars(
            importlib.import_module(f"globaltables.{module.name}".rstrip("."))
        ).items()
        if _is_changeable_object(value)
    ]

    assert [] == found


def test_functions_change_no_globals() -> None:
    """No function has a `global` statement."""
    found = [
        f"{module.path}:{node.lineno}"
        for module in product_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Global)
    ]

    assert [] == found
