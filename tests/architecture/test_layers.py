"""Who may import whom, and what pure code may know."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.support.sources import ROOT, product_modules

PURE = ("foundation", "api", "items", "expressions", "changelog", "capacity", "tables")
TIME_AND_CHANCE = ("time", "random", "secrets", "uuid", "os.urandom", "numpy.random")
WAITING_AND_DISK = ("asyncio", "socket", "select", "threading", "subprocess", "shutil", "tempfile")
CLOCK_READINGS = ("now", "utcnow", "today")


def _is_or_is_in(name: str, roots: tuple[str, ...]) -> bool:
    return any(name == root or name.startswith(f"{root}.") for root in roots)


def test_layers_imports_point_downwards() -> None:
    """Import-linter's contracts in pyproject.toml hold."""
    linter = Path(sys.executable).parent / "lint-imports"

    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_time_and_chance_only_runtime_imports_them() -> None:
    """A run with a virtual clock and a seed can repeat only if nobody reads the clock aside."""
    found = [
        f"{module.path}:{line} imports {name}"
        for module in product_modules()
        if module.package != "runtime"
        for line, name in module.imports()
        if _is_or_is_in(name, TIME_AND_CHANCE)
    ]

    assert [] == found


def test_time_only_runtime_reads_the_clock_through_datetime() -> None:
    """`datetime` may format a time; only runtime may ask for the present one."""
    found = [
        f"{module.path}:{node.lineno} calls {node.func.attr}()"
        for module in product_modules()
        if module.package != "runtime"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCK_READINGS
        and isinstance(node.func.value, ast.Name | ast.Attribute)
        and ast.unparse(node.func.value).rpartition(".")[2] in ("datetime", "date")
    ]

    assert [] == found


def test_engine_only_assembly_picks_an_implementation() -> None:
    """Everything above the engine knows its interface alone."""
    found = [
        f"{module.path}:{line} imports {name}"
        for module in product_modules()
        if module.package != "engine" and module.name != "server.assembly"
        for line, name in module.imports()
        if name.startswith("globaltables.engine.")
        and not _is_or_is_in(name, ("globaltables.engine.interface",))
    ]

    assert [] == found


def test_pure_packages_do_not_wait() -> None:
    """Pure below, waiting above: no coroutine, socket, thread or process in pure packages."""
    modules = [module for module in product_modules() if module.package in PURE]
    imported = [
        f"{module.path}:{line} imports {name}"
        for module in modules
        for line, name in module.imports()
        if _is_or_is_in(name, WAITING_AND_DISK)
    ]
    awaiting = [
        f"{module.path}:{node.lineno} is async"
        for module in modules
        for node in module.functions()
        if isinstance(node, ast.AsyncFunctionDef)
    ]

    assert [] == imported + awaiting


def test_dependencies_product_imports_only_what_it_declares() -> None:
    """`make run` installs what is declared, companions included; what only the tests have would be missing there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [*project["dependencies"], *project["optional-dependencies"]["companions"]]
    declared = {re.split(r"[<>=;\[ ]", one, maxsplit=1)[0].lower() for one in named}
    providers = packages_distributions()
    found = [
        f"{module.path}:{line} imports {name}"
        for module in product_modules()
        for line, name in module.imports()
        if (top := name.partition(".")[0]) != "globaltables"
        and top not in sys.stdlib_module_names
        and not declared & {name.lower() for name in providers.get(top, [])}
    ]

    assert [] == found
