"""No service around the tables takes a member of a request that has no effect and is written down nowhere."""

import ast
from collections.abc import Iterator
from functools import cache

from globaltables.api.service_model import ServiceModel, read_service_model
from globaltables.companions.registry import SERVICES
from globaltables.companions.uncovered import EVERY, UNCOVERED, Effect, Uncovered, members_of
from tests.support.sources import ROOT

_COMPANIONS = ROOT / "src" / "globaltables" / "companions"
_TESTS = ROOT / "tests" / "conformance" / "companions"


@cache
def _texts(service: str) -> frozenset[str]:
    """Return every text in the package of a service."""
    handler = next(iter(SERVICES[service].load().handlers.values()))
    package = handler.__module__.split(".")[2]
    return frozenset(
        node.value
        for file in (_COMPANIONS / package).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@cache
def _model(service: str) -> ServiceModel:
    return read_service_model(SERVICES[service].model_file)


def _members(service: str) -> Iterator[tuple[str, str]]:
    """Return every operation that a service has with every member of its requests."""
    for operation in SERVICES[service].load().handlers:
        for member in members_of(_model(service), operation):
            yield operation, member


def _is_about(entry: Uncovered, operation: str, member: str) -> bool:
    return entry.member == member and entry.operation in (EVERY, operation)


def test_members_that_nothing_reads_have_a_reason() -> None:
    """A member that no code names stands in companions/uncovered.py."""
    found = [
        f"{service} {operation}.{member}"
        for service in SERVICES
        for operation, member in _members(service)
        if member not in _texts(service)
        and not any(
            entry.service == service and _is_about(entry, operation, member) for entry in UNCOVERED
        )
    ]

    assert [] == found


def test_uncovered_members_exist() -> None:
    """An entry is about a member of an operation that is served."""
    found = [
        entry
        for entry in UNCOVERED
        if not any(_is_about(entry, *one) for one in _members(entry.service))
    ]

    assert [] == found


def test_uncovered_members_are_not_read_after_all() -> None:
    """What the code names by itself needs no entry, and what is refused no code."""
    assert [] == [entry for entry in UNCOVERED if entry.member in _texts(entry.service)]


def test_uncovered_members_are_listed_once() -> None:
    """Two entries for one member would contradict each other."""
    found = [
        (entry.service, operation, member)
        for entry in UNCOVERED
        for operation, member in _members(entry.service)
        if _is_about(entry, operation, member)
    ]

    assert len(set(found)) == len(found)


def test_members_that_are_read_under_other_names_have_a_test() -> None:
    """Nothing but a test shows that the code reads what it does not name."""
    read = [entry for entry in UNCOVERED if entry.effect is Effect.READ]

    assert [] == [entry for entry in read if not _is_test(entry.test)]
    assert [] == [entry for entry in UNCOVERED if entry.test and entry not in read]


def _is_test(place: str) -> bool:
    file, _, name = place.partition("::")
    path = _TESTS / file
    return path.is_file() and f"def {name}(" in path.read_text(encoding="utf-8")
