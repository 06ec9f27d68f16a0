"""Tests of capacity units and their report."""

import pytest

from globaltables.capacity.units import (
    Consumed,
    index_write_units,
    read_units,
    report_mode,
    write_units,
)


@pytest.mark.parametrize(
    ("size", "eventual", "consistent", "transactional"),
    [
        (0, 0.5, 1.0, 2.0),
        (1, 0.5, 1.0, 2.0),
        (4096, 0.5, 1.0, 2.0),
        (4097, 1.0, 2.0, 4.0),
        (409_600, 50, 100, 200),
    ],
)
def test_read_units_of_a_size_are_rounded_up_to_four_kib(
    size: int, eventual: float, consistent: float, transactional: float
) -> None:
    """A read costs half a unit, one or two for each 4 KiB begun, at least one block."""
    got = (
        read_units(size, consistent=False),
        read_units(size, consistent=True),
        read_units(size, consistent=True, transactional=True),
    )

    assert got == (eventual, consistent, transactional)


@pytest.mark.parametrize(("size", "plain"), [(0, 1), (1024, 1), (1025, 2), (409_600, 400)])
def test_write_units_of_a_size_are_rounded_up_to_one_kib(size: int, plain: float) -> None:
    """A write costs one unit for each KiB begun, two in a transaction."""
    got = (write_units(size), write_units(size, transactional=True))

    assert got == (plain, plain * 2)


@pytest.mark.parametrize(
    ("old", "new", "moved", "expected"),
    [
        (None, None, False, 0.0),
        (None, 10, False, 1.0),
        (2000, None, False, 2.0),
        (2000, 10, False, 2.0),
        (2000, 10, True, 3.0),
    ],
)
def test_index_write_units_of_an_entry_count_deletion_and_insertion(
    old: int | None,
    new: int | None,
    moved: bool,  # noqa: FBT001 - a parameter of the test
    expected: float,
) -> None:
    """An entry that changes its key is charged as a deletion and an insertion."""
    assert index_write_units(old, new, moved=moved) == expected


def test_render_total_with_indexes_has_only_the_sum() -> None:
    """TOTAL reports one sum over the table and its indexes."""
    consumed = Consumed("t", 1.0)
    consumed.add_index("GLOBAL", "g", 2.0)
    consumed.add_index("LOCAL", "l", 0.5)

    assert consumed.render("TOTAL") == {"TableName": "t", "CapacityUnits": 3.5}


def test_render_indexes_has_each_part_and_the_table_even_at_zero() -> None:
    """INDEXES reports the table, also when it was not read, and each index used."""
    consumed = Consumed("t")
    consumed.add_index("GLOBAL", "g", 0.5)
    consumed.add_index("GLOBAL", "g", 0.5)

    assert consumed.render("INDEXES") == {
        "TableName": "t",
        "CapacityUnits": 1.0,
        "Table": {"CapacityUnits": 0.0},
        "GlobalSecondaryIndexes": {"g": {"CapacityUnits": 1.0}},
    }


def test_render_of_a_transaction_names_the_kind_in_every_part() -> None:
    """A transaction's report says in each part whether its units were read or written."""
    consumed = Consumed("t", 2.0)
    consumed.add_index("LOCAL", "l", 2.0)

    assert consumed.render("INDEXES", "write") == {
        "TableName": "t",
        "CapacityUnits": 4.0,
        "WriteCapacityUnits": 4.0,
        "Table": {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0},
        "LocalSecondaryIndexes": {"l": {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}},
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [(None, None), ("NONE", None), ("TOTAL", "TOTAL"), ("INDEXES", "INDEXES")],
)
def test_report_mode_of_a_request_is_none_unless_something_is_asked(
    given: str | None, expected: str | None
) -> None:
    """NONE and a missing member ask for no report."""
    request = {} if given is None else {"ReturnConsumedCapacity": given}

    assert report_mode(request) == expected
