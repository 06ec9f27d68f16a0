"""SELECT of an index: what it shows, reaches and refuses (measured on AWS: nubo-db/dynamodb-conformance, floci)."""

# ruff: noqa: S608 - statements are what is tested

from collections.abc import Callable

import pytest

from tests.support.indexed_tables import consumed
from tests.support.statements import Statements
from tests.support.target import Target

MakeTable = Callable[..., str]


def _indexed(target: Target, make_table: MakeTable) -> Statements:
    def keys(hash_: str, range_: str = "") -> list[dict[str, str]]:
        schema = [{"AttributeName": hash_, "KeyType": "HASH"}]
        return schema + ([{"AttributeName": range_, "KeyType": "RANGE"}] if range_ else [])

    include = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["projattr"]}
    table = make_table(
        sort="S",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "gk", "lk")
        ],
        GlobalSecondaryIndexes=[
            {"IndexName": "gsi", "KeySchema": keys("gk"), "Projection": include}
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "lsi",
                "KeySchema": keys("pk", "lk"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    statements = Statements(target, table)
    statements.put(pk="p", sk="1", gk="y", lk="k1", projattr="proj1", nonproj="np1")
    statements.put(pk="p", sk="2", gk="y2", lk="k2", projattr="proj2", nonproj="np2")
    statements.put(pk="p", sk="3", nonproj="np3")
    return statements


def test_execute_statement_select_of_an_index_shows_what_the_index_holds(
    target: Target, make_table: MakeTable
) -> None:
    """The star is the index's own projection; a local index fetches columns that are named."""
    statements = _indexed(target, make_table)
    (item,) = statements.items("SELECT * FROM {t}.\"gsi\" WHERE gk = 'y'")
    assert {"pk", "sk", "gk", "projattr"} == item.keys()
    items = statements.items("SELECT * FROM {t}.\"lsi\" WHERE pk = 'p'")
    assert [{"pk", "sk", "lk"}] * 2 == [item.keys() for item in items]
    reply = statements.run(
        "SELECT nonproj FROM {t}.\"lsi\" WHERE pk = 'p'", ReturnConsumedCapacity="INDEXES"
    )
    assert [{"nonproj": {"S": "np1"}}, {"nonproj": {"S": "np2"}}] == reply.body["Items"]
    capacity = consumed(statements.table, 1.0, local=0.5)
    capacity["LocalSecondaryIndexes"] = {"lsi": {"CapacityUnits": 0.5}}
    assert capacity == reply.body["ConsumedCapacity"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "SELECT b, nonproj FROM {t}.gsi WHERE gk = 'y'",
            "One or more parameter values were invalid: "
            "Global secondary index gsi does not project [b, nonproj]",
        ),
        ("SELECT * FROM {t}.none", "The table does not have the specified index"),
        ("UPDATE {t}.gsi SET a = 1 WHERE pk = 'p'", "This operation is not supported on an index"),
        ("DELETE FROM {t}.gsi WHERE pk = 'p'", "This operation is not supported on an index"),
    ],
)
def test_execute_statement_of_an_index_that_cannot_be_served_is_refused(
    target: Target, make_table: MakeTable, text: str, message: str
) -> None:
    """AWS's words for indexes are others than those of Query."""
    statements = _indexed(target, make_table)
    assert ("ValidationException", message) == statements.refusal(text)


def test_execute_statement_consistent_read_of_a_global_index_is_refused(
    target: Target, make_table: MakeTable
) -> None:
    """A local index can be read so."""
    statements = _indexed(target, make_table)
    message = "Strongly consistent read is not supported on Global Secondary Indexes"
    refused = statements.refusal("SELECT * FROM {t}.gsi", ConsistentRead=True)
    assert ("ValidationException", message) == refused
    assert 2 == len(statements.items("SELECT * FROM {t}.lsi", ConsistentRead=True))


@pytest.mark.parametrize(
    ("index", "condition", "missing"),
    [
        ("gsi", "gk = 'y' AND nonproj = 'np1'", "[nonproj]"),
        ("lsi", "pk = 'p' AND nonproj IS NOT MISSING", "[nonproj]"),
        ("gsi", "gk = 'y' AND NOT (nonproj = 'np1' OR projattr = 'x')", "[nonproj]"),
        ("gsi", "gk = 'y' AND b = '1' AND (a = '2' OR projattr = '3')", "[a, b]"),
        ("gsi", "gk = 'y' AND (zz = '1' OR aa = '2' OR mm = '3')", "[zz, aa, mm]"),
        ("gsi", "gk IN ['y', 'z'] AND nonproj = 'np1'", "[nonproj]"),
        ("gsi", "(gk = 'y' OR gk = 'z') AND zz = '1'", "[zz]"),
        ("gsi", "(gk = 'b' AND u1 = '1') OR (gk = 'q' AND u2 = '1')", "[u2]"),
        ("gsi", "(gk = 'q' AND u1 = '1') OR (gk = 'b' AND u2 = '1')", "[u1]"),
        ("gsi", "nonproj = 'np1'", None),
        ("gsi", "gk > 'a' AND zz = '1'", None),
        ("gsi", "gk = 'y' AND (gk = 'z' OR zz = '1')", None),
        ("gsi", "(gk = 'y' AND zz = '1') OR aa = '1'", None),
        ("gsi", "(gk = 'y' AND projattr = '1') OR (gk = 'z' AND aa = '1')", None),
        ("gsi", "(gk = 'y' AND nonproj = 'np1') OR (gk = 'none')", None),
    ],
)
def test_execute_statement_keyed_read_of_an_index_filters_by_what_it_holds(
    target: Target, make_table: MakeTable, index: str, condition: str, missing: str | None
) -> None:
    """A read that pins the partition may not filter by other attributes; a scan may, and finds nothing."""
    statements = _indexed(target, make_table)
    text = f"SELECT pk FROM {{t}}.{index} WHERE {condition}"
    if missing is None:
        assert [] == statements.items(text)
    else:
        message = (
            f"One or more parameter values were invalid: Secondary index {index} does not project "
            f"one or more filter attributes: {missing}"
        )
        assert ("ValidationException", message) == statements.refusal(text)
