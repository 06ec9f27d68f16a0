"""Table records are read back as they were written."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from globaltables.foundation.errors import OperationalError
from globaltables.tables.codec import decode, encode
from globaltables.tables.definitions import (
    Capture,
    Encryption,
    Index,
    InsightsSetting,
    KeyAttribute,
    KeySchema,
    KinesisDestination,
    OnDemandThroughput,
    Replica,
    ReplicaIndexOverride,
    ResourcePolicy,
    Settling,
    Stream,
    Table,
    Throughput,
    TimeToLive,
    WarmThroughput,
)

_KEY = KeyAttribute("pk", "S")
_TABLE = Table("t", "000000000000", "us-east-1", 1, "id", 12, KeySchema((_KEY,)), (_KEY,))

_TEXT = st.text(max_size=4)
_NUMBER = st.integers(min_value=0, max_value=2**63)
_UNITS = st.none() | _NUMBER
_KEYS = st.lists(st.builds(KeyAttribute, _TEXT, st.sampled_from("SNB")), max_size=2).map(tuple)
_THROUGHPUT = st.builds(Throughput, _NUMBER, _NUMBER, _UNITS, _UNITS, _NUMBER)
_WARM = st.none() | st.builds(
    WarmThroughput,
    _NUMBER,
    _NUMBER,
    due_ms=_UNITS,
    shown=st.none() | st.tuples(_NUMBER, _NUMBER),
)
_SETTLING = st.none() | st.builds(
    Settling, due_ms=_NUMBER, throughput=st.none() | _THROUGHPUT, table_class=st.none() | _TEXT
)
_POLICY = st.none() | st.builds(ResourcePolicy, _TEXT, _NUMBER)
_ON_DEMAND = st.none() | st.builds(OnDemandThroughput, _UNITS, _UNITS)
_INDEX = st.builds(
    Index,
    name=_TEXT,
    number=_NUMBER,
    schema=st.builds(KeySchema, _KEYS, _KEYS),
    non_key_attributes=st.lists(_TEXT, max_size=2).map(tuple),
    throughput=st.none() | _THROUGHPUT,
    on_demand=_ON_DEMAND,
    warm=_WARM,
    settling=_SETTLING,
)
_REPLICA = st.builds(
    Replica,
    region=_TEXT,
    read_units=_UNITS,
    indexes=st.lists(st.builds(ReplicaIndexOverride, _TEXT, _UNITS), max_size=2).map(tuple),
)
_INSIGHTS = st.lists(
    st.builds(
        InsightsSetting,
        index=_NUMBER,
        rules_ms=_NUMBER,
        changed_ms=_NUMBER,
        failure=st.none() | st.tuples(_TEXT, _TEXT),
    ),
    max_size=2,
).map(tuple)
_CAPTURES = st.lists(st.builds(Capture, started_stamp=_NUMBER, ended_stamp=_UNITS), max_size=2).map(
    tuple
)
_DESTINATIONS = st.lists(
    st.builds(
        KinesisDestination,
        stream_arn=_TEXT,
        changed_ms=_NUMBER,
        description=st.none() | _TEXT,
        captures=_CAPTURES,
        precision_changes_ms=st.lists(_NUMBER, max_size=2).map(tuple),
    ),
    max_size=2,
).map(tuple)
_TABLES = st.builds(
    Table,
    name=_TEXT,
    number=_NUMBER,
    created_ms=_NUMBER,
    schema=st.builds(KeySchema, _KEYS, _KEYS),
    attributes=_KEYS,
    indexes=st.lists(_INDEX, max_size=2).map(tuple),
    throughput=_THROUGHPUT,
    on_demand=_ON_DEMAND,
    warm=_WARM,
    streams=st.lists(
        st.builds(
            Stream,
            label=_TEXT,
            created_ms=_NUMBER,
            started_stamp=_NUMBER,
            ended_stamp=_UNITS,
            policy=_POLICY,
        ),
        max_size=2,
    ).map(tuple),
    ttl=st.none() | st.builds(TimeToLive, _TEXT, st.booleans(), _NUMBER),
    tags=st.lists(st.tuples(_TEXT, _TEXT), max_size=2).map(tuple),
    deletion_protection=st.booleans(),
    encryption=st.none() | st.builds(Encryption, kms_key_arn=_TEXT),
    global_table_version=st.sampled_from([None, "2017.11.29", "2019.11.21"]),
    replicas=st.lists(_REPLICA, max_size=2).map(tuple),
    source_of=st.lists(st.tuples(_TEXT, _NUMBER), max_size=2).map(tuple),
    insights=_INSIGHTS,
    past_insights=_INSIGHTS,
    settling=_SETTLING,
    deletion_protection_changed_ms=_UNITS,
    table_class_changes_ms=st.lists(_NUMBER, max_size=2).map(tuple),
    destinations=_DESTINATIONS,
    policy=_POLICY,
)


@settings(max_examples=50, deadline=None)
@given(_TABLES)
def test_decode_encoded_table_is_equal(table: Table) -> None:
    """Every table survives the way through its record."""
    assert table == decode(encode(table))


def test_encode_stores_fields_only_and_nothing_that_is_derived_from_them() -> None:
    """What a key schema remembers of itself is no part of the record, whoever asked for it before."""
    schema = KeySchema((_KEY,))
    table = Table("t", "000000000000", "us-east-1", 1, "id", 12, schema, (_KEY,))
    before = encode(table)
    assert {"pk"} == schema.name_set
    assert ("pk", None) == schema.text_names
    assert before == encode(table)


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
