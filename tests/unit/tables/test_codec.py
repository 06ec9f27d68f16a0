"""Table records are read back as they were written."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from globaltables.foundation.errors import OperationalError
from globaltables.tables.codec import decode, encode
from globaltables.tables.definitions import KeyAttribute, KeySchema, Table

_KEY = KeyAttribute("pk", "S")
_TABLE = Table("t", "000000000000", "us-east-1", 1, "id", 12, KeySchema((_KEY,)), (_KEY,))


@given(st.from_type(Table))
def test_decode_encoded_table_is_equal(table: Table) -> None:
    """Every table survives the way through its record."""
    assert table == decode(encode(table))


def test_decode_record_with_missing_and_unknown_fields_uses_defaults() -> None:
    """A record of a neighbouring version can be read."""
    record = orjson.loads(encode(_TABLE))
    del record["table"]["tags"]
    record["table"]["colour"] = "blue"
    assert _TABLE == decode(orjson.dumps(record))


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"{}",
        b'{"format":2,"table":{}}',
        b'{"format":1,"table":{}}',
        encode(_TABLE).replace(b'"PROVISIONED"', b'"FREE"'),
        encode(_TABLE).replace(b'"number":1', b'"number":"1"'),
    ],
)
def test_decode_damaged_record_stops(record: bytes) -> None:
    """Damaged bytes are reported, not guessed."""
    with pytest.raises(OperationalError):
        decode(record)
