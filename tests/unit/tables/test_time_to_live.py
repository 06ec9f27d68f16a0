"""The expiry setting changes as AWS allows it."""

from dataclasses import replace
from typing import Any

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.tables.definitions import KeyAttribute, KeySchema, Table, TimeToLive
from globaltables.tables.time_to_live import describe_time_to_live, with_time_to_live

_KEY = KeyAttribute("pk", "S")
_TABLE = Table("abc", "000000000000", "us-east-1", 1, "id", 0, KeySchema((_KEY,)), (_KEY,))
_ENABLED = replace(_TABLE, ttl=TimeToLive("ttl", enabled=True, changed_ms=1))


def _setting(name: str, *, enabled: bool) -> dict[str, Any]:
    return {"AttributeName": name, "Enabled": enabled}


def test_with_time_to_live_on_and_off_is_described() -> None:
    """After it was disabled the attribute is not shown any more."""
    assert {"TimeToLiveStatus": "DISABLED"} == describe_time_to_live(_TABLE)
    table = with_time_to_live(_TABLE, _setting("ttl", enabled=True), 5)
    assert TimeToLive("ttl", enabled=True, changed_ms=5) == table.ttl
    expected = {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    assert expected == describe_time_to_live(table)
    table = with_time_to_live(table, _setting("ttl", enabled=False), 6)
    assert {"TimeToLiveStatus": "DISABLED"} == describe_time_to_live(table)


@pytest.mark.parametrize(
    ("table", "setting", "text"),
    [
        (_ENABLED, _setting("ttl", enabled=True), "TimeToLive is already enabled"),
        (_TABLE, _setting("ttl", enabled=False), "TimeToLive is already disabled"),
        (
            _ENABLED,
            _setting("other", enabled=False),
            "TimeToLive is active on a different AttributeName: current AttributeName is ttl",
        ),
    ],
)
def test_with_time_to_live_that_does_not_fit_is_refused(
    table: Table, setting: dict[str, Any], text: str
) -> None:
    """A setting that is so already is an error."""
    with pytest.raises(ApiError) as refused:
        with_time_to_live(table, setting, 0)
    assert text == refused.value.message


def test_describe_time_to_live_of_table_being_created_is_refused() -> None:
    """A table that comes or goes has no expiry to describe."""
    with pytest.raises(ApiError) as refused:
        describe_time_to_live(replace(_TABLE, status="CREATING"))
    text = (
        "Cannot describe time to live while table is in CREATING state: "
        "Current table state is CREATING"
    )
    assert text == refused.value.message
