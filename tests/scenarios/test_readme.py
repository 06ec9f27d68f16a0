"""The README and the documents beside it: their commands run, their links and tests exist."""

import re

import pytest

from tests.support.documents import Reader
from tests.support.sources import ROOT, all_modules

ENDPOINT_IN_README = "http://127.0.0.1:8000"
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def _block_after(heading: str) -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition(f"## {heading}\n")[2]
    found = re.search(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found.group(1)


@pytest.mark.timeout(120)
def test_readme_tour_runs_in_three_regions(reader: Reader) -> None:
    """The tour's lines, run as they stand but for the port, show one item in three regions."""
    tour = _block_after("A tour of three regions")

    answers = reader.aws(tour.replace(ENDPOINT_IN_README, reader.endpoint))

    items = [answer["Item"] for answer in answers if "Item" in answer]
    assert 10 >= len([line for line in tour.splitlines() if not line.startswith(" ")])
    assert [{"artist": {"S": "Bowie"}, "plays": {"N": plays}} for plays in ("1", "2")] == items


def test_readme_make_targets_exist() -> None:
    """Every `make` target that a document names is in the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    named = {
        target
        for path in DOCUMENTS
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", path.read_text(), re.MULTILINE)
    }

    assert set() == named - targets


def test_documents_links_lead_to_files() -> None:
    """Every relative link names a file of the repository."""
    broken = [
        f"{path.relative_to(ROOT)}: {link}"
        for path in DOCUMENTS
        for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        if not (path.parent / link).exists()
    ]

    assert [] == broken


def test_compatibility_rows_name_existing_tests() -> None:
    """A known difference is a fact only while its test stands."""
    text = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    tests = {
        f"{module.path}::{function.name}"
        for module in all_modules()
        for function in module.functions()
    }

    named = set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", text))

    assert named
    assert set() == named - tests
