"""The catalog finds tables by name and number."""

from dataclasses import replace

import pytest

from globaltables.tables.catalog import Catalog
from globaltables.tables.definitions import KeyAttribute, KeySchema, Table


def _table(name: str, number: int, account: str = "000000000000") -> Table:
    key = KeyAttribute("pk", "S")
    return Table(name, account, "us-east-1", number, f"id-{number}", 0, KeySchema((key,)), (key,))


def test_find_own_and_foreign_account_separates_them() -> None:
    """Two accounts have tables of one name independently."""
    mine, theirs = _table("a", 1), _table("a", 2, "111111111111")
    catalog = Catalog([mine, theirs])
    assert mine == catalog.find("000000000000", "a")
    assert theirs == catalog.find("111111111111", "a")
    assert catalog.find("000000000000", "b") is None


def test_list_after_changes_is_sorted_by_name() -> None:
    """The list follows puts and removals."""
    catalog = Catalog([_table("b", 1), _table("a", 2)])
    assert ["a", "b"] == [table.name for table in catalog.list("000000000000")]
    catalog.remove(_table("a", 2))
    catalog.put(_table("0", 3))
    assert ["0", "b"] == [table.name for table in catalog.list("000000000000")]
    assert [1, 3] == [table.number for table in catalog.tables()]


def test_put_same_number_replaces_the_definition() -> None:
    """A changed definition is found by name and by number."""
    catalog = Catalog([_table("a", 1)])
    changed = replace(_table("a", 1), deletion_protection=True)
    catalog.put(changed)
    assert changed is catalog.find("000000000000", "a")
    assert changed is catalog.by_number(1)


def test_put_name_of_another_table_is_a_bug() -> None:
    """Two tables of one name cannot exist."""
    catalog = Catalog([_table("a", 1)])
    with pytest.raises(AssertionError):
        catalog.put(_table("a", 2))


def test_next_number_after_removal_never_repeats() -> None:
    """The number of a removed table is not given again, also not after a restart."""
    catalog = Catalog([_table("a", 7)])
    catalog.remove(_table("a", 7))
    assert catalog.by_number(7) is None
    assert 8 == catalog.next_number()
    assert 10 == Catalog([], last_number=9).next_number()
