"""The project's own files as the architecture tests read them."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "globaltables"
DOCUMENTS = ROOT / "tests" / "scenarios" / "documents"


@dataclass(frozen=True)
class Module:
    """One Python file.

    Attributes:
        path: relative to the repository, e.g. "src/globaltables/items/values.py".
        name: relative to the package, e.g. "items.values"; the path where it is outside.
    """

    path: str
    name: str
    lines: int
    tree: ast.Module

    @property
    def package(self) -> str:
        """The layer it belongs to, e.g. "items"."""
        return self.name.partition(".")[0]

    def imports(self) -> Iterator[tuple[int, str]]:
        """Yield line and full name of everything imported, at any depth."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Yield every function and method."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


@lru_cache
def product_modules() -> tuple[Module, ...]:
    """Return every module below src."""
    return tuple(_module(path) for path in sorted(PACKAGE.rglob("*.py")))


@lru_cache
def all_modules() -> tuple[Module, ...]:
    """Return every module of the product, the tests and the benchmarks."""
    own = [
        path
        for folder in ("tests", "benchmarks", "docs")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if DOCUMENTS not in path.parents and not {"vendor", "run"} & set(path.parts)
    ]
    return (*product_modules(), *(_module(path) for path in own))


@lru_cache
def committed_files() -> tuple[Path, ...]:
    """Return every file that git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def _module(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    relative = str(path.relative_to(ROOT))
    name = relative
    if PACKAGE in path.parents:
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(part for part in parts if part != "__init__")
    return Module(relative, name, text.count("\n"), ast.parse(text, filename=relative))
