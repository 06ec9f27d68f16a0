"""One API operation = one module = one test file of the same name."""

from tests.support.sources import ROOT, product_modules

#: Operations whose conformance tests are still to be written; only ever shorter.
WITHOUT_TESTS: frozenset[str] = frozenset()


def _operations() -> set[str]:
    """Return the names of the operation modules: those that define `handle`."""
    return {
        module.name.rpartition(".")[2]
        for module in product_modules()
        if module.package == "operations"
        and any(function.name == "handle" for function in module.functions())
    }


def _tested() -> set[str]:
    conformance = ROOT / "tests" / "conformance"
    return {path.stem.removeprefix("test_") for path in conformance.rglob("test_*.py")}


def test_operations_each_has_a_conformance_test_of_its_name() -> None:
    """operations/put_item.py is tested by a test_put_item.py under tests/conformance."""
    assert set() == _operations() - _tested() - WITHOUT_TESTS


def test_operations_exceptions_are_still_needed() -> None:
    """An operation that has its tests leaves the list of exceptions."""
    assert set() == WITHOUT_TESTS & _tested() | WITHOUT_TESTS - _operations()


def test_operations_registry_lists_every_module() -> None:
    """What registry.py does not import is served to nobody."""
    registered = {
        part
        for module in product_modules()
        if module.name == "operations.registry"
        for _, name in module.imports()
        for part in name.split(".")
    }

    assert set() == _operations() - registered
