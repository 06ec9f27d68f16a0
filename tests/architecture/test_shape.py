"""Sizes, names and docstrings of the code."""

import ast
from pathlib import Path

from tests.support.sources import Module, all_modules, product_modules

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
PACKAGE_DOCSTRING_LINES_MAX = 15
NAMES_THAT_SAY_NOTHING = frozenset(
    [
        "base",
        "bases",
        "common",
        "helper",
        "helpers",
        "manager",
        "managers",
        "misc",
        "util",
        "utils",
        "utility",
        "utilities",
    ]
)


def _is_public(name: str) -> bool:
    return not name.startswith("_")


def _undocumented(module: Module) -> list[str]:
    """Return the module, public classes and public functions of it that have no docstring."""
    missing = [] if ast.get_docstring(module.tree) else [f"{module.path}: module"]
    scopes: list[ast.Module | ast.ClassDef] = [module.tree]
    while scopes:
        for node in scopes.pop().body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if _is_public(node.name) and not ast.get_docstring(node):
                missing.append(f"{module.path}:{node.lineno} {node.name}")
            if isinstance(node, ast.ClassDef) and _is_public(node.name):
                scopes.append(node)
    return missing


def test_files_are_short() -> None:
    """A file of more than 500 lines holds a second concept."""
    found = [f"{m.path}: {m.lines}" for m in all_modules() if m.lines > FILE_LINES_MAX]

    assert [] == found


def test_functions_are_short() -> None:
    """A function of more than 70 lines does a second thing."""
    found = [
        f"{module.path}:{node.lineno} {node.name}: {lines}"
        for module in all_modules()
        for node in module.functions()
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]

    assert [] == found


def test_module_names_say_what_is_inside() -> None:
    """No module or package is called utils, helpers, common, manager, misc or base."""
    found = [
        module.path
        for module in all_modules()
        for part in Path(module.path).with_suffix("").parts
        if NAMES_THAT_SAY_NOTHING & set(part.split("_"))
    ]

    assert [] == found


def test_public_names_have_docstrings() -> None:
    """Every public module, class, function and method of the product says what it is for."""
    found = [missing for module in product_modules() for missing in _undocumented(module)]

    assert [] == found


def test_package_docstrings_are_short() -> None:
    """A package says in at most 15 lines what comes in, what goes out and what always holds."""
    found = [
        f"{module.path}: {lines}"
        for module in product_modules()
        if module.path.endswith("__init__.py")
        and not 1
        <= (lines := len((ast.get_docstring(module.tree) or "").splitlines()))
        <= PACKAGE_DOCSTRING_LINES_MAX
    ]

    assert [] == found


def test_packages_have_an_init() -> None:
    """A folder without __init__.py would escape the layers."""
    folders = {Path(module.path).parent for module in product_modules()}

    found = [str(folder) for folder in folders if not (folder / "__init__.py").exists()]

    assert [] == sorted(found)
