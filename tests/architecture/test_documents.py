"""docs/documents.md and the lists that it is made from say what the tests do."""

import ast
from functools import cache
from itertools import zip_longest

import pytest

from docs.documents import STATUSES, Row, page, rows, titles
from tests.support.sources import DOCUMENTS, ROOT

_DOCUMENTS = list(titles())


def test_documents_page_is_up_to_date() -> None:
    """`python docs/documents.py` writes it anew."""
    committed = (ROOT / "docs" / "documents.md").read_text(encoding="utf-8").splitlines()

    differing = [pair for pair in zip_longest(committed, page().splitlines()) if pair[0] != pair[1]]
    assert [] == differing[:5]


def test_every_document_has_its_list() -> None:
    """And every folder of snippets belongs to one."""
    folders = sorted(path.name for path in DOCUMENTS.iterdir() if path.is_dir())

    assert ["000", "001", "002", "003", "004"] == _DOCUMENTS == folders


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_rows_are_the_files_texts_and_all_of_them(document: str) -> None:
    """Line by line, comments and empty lines of commands aside."""
    listed: dict[str, list[Row]] = {}
    for row in rows(document):
        if row.file:
            listed.setdefault(row.file, []).append(row)
    files = sorted(f"{document}/{path.name}" for path in (DOCUMENTS / document).iterdir())

    assert files == sorted(listed)
    for file, found in listed.items():
        text = (DOCUMENTS / file).read_text(encoding="utf-8")
        lines = [line for row in found for line in row.text.splitlines()]
        # A block that stands in a document twice is one file.
        assert set(_code_lines(text, found[0].kind)) == set(
            _code_lines("\n".join(lines), found[0].kind)
        )
        assert all(row.text in text for row in found)


def _code_lines(text: str, kind: str) -> list[str]:
    comments = kind == "shell"
    return [
        line
        for line in text.splitlines()
        if line.strip() and not (comments and line.lstrip().startswith("#"))
    ]


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_rows_say_why_and_name_tests_that_exist(document: str) -> None:
    """What is effective or corrected is shown by a test; everything else says why not."""
    for row in rows(document):
        assert row.status in STATUSES
        if row.status in {"effective", "corrected"}:
            assert row.tests, row
        if row.status != "effective":
            assert row.why, row
        assert [] == [test for test in row.tests if not _exists(test)], row.text


@pytest.mark.parametrize("document", _DOCUMENTS)
def test_corrections_correct_something(document: str) -> None:
    """Each replaces a text that is there, and only what is called corrected has any."""
    for row in rows(document):
        assert [] == [old for old, _ in row.corrections if old not in row.text]
        assert row.status == "corrected" or not row.corrections


def _exists(test: str) -> bool:
    path, _, name = test.partition("::")
    return name in _functions(path)


@cache
def _functions(path: str) -> frozenset[str]:
    if not (ROOT / path).exists():
        return frozenset()
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
