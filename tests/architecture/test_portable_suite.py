"""The conformance suite of global tables could run on AWS: it imports nothing of the product."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUITE = ROOT / "tests" / "conformance" / "global_tables"


def _imports(path: Path) -> set[str]:
    """Return the modules that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            found.add(node.module)
    return found


def test_suite_of_global_tables_imports_nothing_of_the_product() -> None:
    """Neither itself nor by what it imports of tests/support and of the fixtures of all tests."""
    waiting = [*SUITE.glob("*.py"), ROOT / "tests" / "conftest.py"]
    seen: set[Path] = set()
    offending: list[str] = []
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for module in _imports(path):
            if module.split(".")[0] == "globaltables":
                offending.append(f"{path.relative_to(ROOT)} imports {module}")
            elif module.startswith("tests."):
                waiting.append(ROOT.joinpath(*module.split(".")).with_suffix(".py"))
    assert [] == offending
