"""Contributor Insights of a table: what a change leaves, what is shown, and the quota of rules."""

from dataclasses import replace
from typing import Literal

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import INSIGHTS_RULES_MAX
from globaltables.tables.catalog import Catalog
from globaltables.tables.definitions import Index, KeyAttribute, KeySchema, Table
from globaltables.tables.insights import (
    describe_insights,
    enabled_in,
    rules,
    status,
    subject_of,
    summaries,
    with_insights,
    without_insights,
)

_PK, _SK = KeyAttribute("pk", "S"), KeyAttribute("sk", "S")
_INDEX = Index("by-sk", 1, "GLOBAL", KeySchema((_SK,)), "ALL")
_TABLE = Table(
    "Music",
    "000000000000",
    "us-east-1",
    1,
    "id",
    0,
    KeySchema((_PK,), (_SK,)),
    (_PK, _SK),
    indexes=(_INDEX,),
)
_NOW_MS = 1_576_629_651_520


def _enabled(table: Table = _TABLE, index: str | None = None, now_ms: int = _NOW_MS) -> Table:
    return with_insights(table, index, None, Catalog([table]), now_ms)


def test_rules_have_the_names_of_aws() -> None:
    """The names of AWS's example, and those of an index, which follow its table's name."""
    table = _enabled(_enabled(), "by-sk")
    of_table, of_index = (
        list(rules(table, subject, setting).values()) for subject, setting in enabled_in(table)
    )
    assert [
        f"DynamoDBContributorInsights-{kind}-Music-1576629651520"
        for kind in ("PKC", "SKC", "PKT", "SKT")
    ] == of_table
    assert [
        f"DynamoDBContributorInsights-{kind}-Music-by-sk-1576629651520" for kind in ("PKC", "PKT")
    ] == of_index


def test_rules_of_a_long_name_are_cut_to_cloudwatchs_limit() -> None:
    """A rule's name has at most 128 characters; its kind and its time are kept."""
    table = _enabled(replace(_TABLE, name="x" * 255))
    ((subject, setting),) = enabled_in(table)
    for kind, rule in rules(table, subject, setting).items():
        assert 128 == len(rule)
        assert rule.startswith(f"DynamoDBContributorInsights-{kind}-xxx")
        assert rule.endswith(f"x-{_NOW_MS}")


def test_status_changes_at_once_or_in_the_time_of_aws() -> None:
    """Where nobody waits the new status is there; in realistic mode a change takes a second or two."""
    on = _enabled()
    off = without_insights(on, None, _NOW_MS + 10_000)

    def shown(table: Table, after_ms: int, *, realistic: bool) -> str:
        subject = subject_of(table, None)
        return status(table, subject, _NOW_MS + after_ms, realistic=realistic)[0]

    assert "ENABLED" == shown(on, 0, realistic=False)
    assert ["ENABLING", "ENABLED"] == [shown(on, at, realistic=True) for at in (999, 1_000)]
    assert "DISABLED" == shown(off, 10_000, realistic=False)
    after = [shown(off, at, realistic=True) for at in (11_999, 12_000)]
    assert ["DISABLING", "DISABLED"] == after
    listed = [one for _, one in summaries(off, _NOW_MS + 11_999, realistic=True)]
    assert ["DISABLING"] == [one["ContributorInsightsStatus"] for one in listed]
    assert [] == list(summaries(off, _NOW_MS + 12_000, realistic=True))


def _full(hash_only: bool) -> Catalog:  # noqa: FBT001 - the parameter of a test
    """Return a catalog in which all rules but three are taken."""
    catalog = Catalog()
    taken = 0
    number = 1
    while taken + 4 < INSIGHTS_RULES_MAX:
        number += 1
        table = _enabled(replace(_TABLE, name=f"t{number}", number=number))
        taken += 4
        catalog.put(table)
    one = replace(_TABLE, name="one", number=number + 1)
    schema = KeySchema((_PK,), () if hash_only else (_SK,))
    catalog.put(replace(one, schema=schema))
    half = replace(_TABLE, name="half", number=number + 2, schema=KeySchema((_PK,)))
    catalog.put(_enabled(half))
    return catalog


@pytest.mark.parametrize(("hash_only", "shown"), [(True, "ENABLED"), (False, "FAILED")])
def test_enabling_beyond_the_quota_of_rules_fails(hash_only: bool, shown: str) -> None:  # noqa: FBT001
    """A region has 100 rules; what does not fit is not enabled at all, and a later attempt may be."""
    catalog = _full(hash_only)
    table = catalog.find("000000000000", "one")
    assert table is not None
    changed = with_insights(table, None, None, catalog, _NOW_MS)
    catalog.put(changed)
    described = describe_insights(changed, None, _NOW_MS, realistic=False)
    assert shown == described["ContributorInsightsStatus"]
    assert (shown == "FAILED") == ("FailureException" in described)
    assert (shown == "ENABLED") == ("ContributorInsightsRuleList" in described)
    if shown == "FAILED":
        assert "LimitExceededException" == described["FailureException"]["ExceptionName"]
        half = catalog.find("000000000000", "half")
        assert half is not None
        catalog.put(without_insights(half, None, _NOW_MS))
        again = with_insights(changed, None, None, catalog, _NOW_MS + 1)
        shown_again = describe_insights(again, None, _NOW_MS + 1, realistic=False)
        assert "ENABLED" == shown_again["ContributorInsightsStatus"]


def test_disabling_what_failed_clears_the_failure() -> None:
    """The failure is shown until it is disabled, as on AWS."""
    catalog = _full(hash_only=False)
    table = catalog.find("000000000000", "one")
    assert table is not None
    failed = with_insights(table, None, None, catalog, _NOW_MS)
    off = without_insights(failed, None, _NOW_MS)
    leaving = describe_insights(off, None, _NOW_MS, realistic=True)
    left = describe_insights(off, None, _NOW_MS, realistic=False)
    assert ("DISABLING", True) == (
        leaving["ContributorInsightsStatus"],
        "FailureException" in leaving,
    )
    assert ("DISABLED", False) == (left["ContributorInsightsStatus"], "FailureException" in left)


@pytest.mark.parametrize(
    ("of_table", "of_index", "index", "what"),
    [
        ("CREATING", "ACTIVE", None, "TableStatus"),
        ("DELETING", "ACTIVE", "by-sk", "TableStatus"),
        ("ACTIVE", "CREATING", "by-sk", "IndexStatus"),
        ("UPDATING", "DELETING", "by-sk", "IndexStatus"),
    ],
)
def test_enabling_what_is_not_active_is_refused(
    of_table: Literal["CREATING", "DELETING", "ACTIVE", "UPDATING"],
    of_index: Literal["CREATING", "DELETING", "ACTIVE"],
    index: str | None,
    what: str,
) -> None:
    """A table must be there to be enabled, an index too; to be disabled neither."""
    table = replace(_TABLE, status=of_table, indexes=(replace(_INDEX, status=of_index),))
    with pytest.raises(ApiError) as refused:
        _enabled(table, index)
    expected = (
        "Table or Index is not in a valid state to update Key Access Insights: "
        f"{what} must be ACTIVE to enable ContributorInsights."
    )
    assert ("ValidationException", expected) == (refused.value.code, refused.value.message)
    assert table is without_insights(table, index, _NOW_MS)


def test_enabling_a_table_that_is_being_updated_is_allowed() -> None:
    """A change of capacity does not stand in the way."""
    updating = replace(_TABLE, status="UPDATING")
    assert 1 == len(_enabled(updating).insights)


def test_index_that_is_gone_takes_its_setting_with_it() -> None:
    """Another index of its name has none, and the next change forgets what is left."""
    on = _enabled(_enabled(), "by-sk")
    again = replace(on, indexes=(replace(_INDEX, number=2),))
    for table in (again, replace(on, indexes=())):
        assert [None] == [subject.name for subject, _ in enabled_in(table)]
        assert [""] == [name for name, _ in summaries(table, _NOW_MS, realistic=False)]
        assert ((), 1) == (
            without_insights(table, None, _NOW_MS).insights,
            len(without_insights(table, None, _NOW_MS).past_insights),
        )
    described = describe_insights(again, "by-sk", _NOW_MS, realistic=False)
    assert "DISABLED" == described["ContributorInsightsStatus"]


def test_index_that_is_being_deleted_is_described_as_it_was() -> None:
    """On AWS too the setting is there until the index is gone."""
    on = _enabled(_TABLE, "by-sk")
    leaving = replace(on, indexes=(replace(_INDEX, status="DELETING"),))
    described = describe_insights(leaving, "by-sk", _NOW_MS, realistic=False)
    assert "ENABLED" == described["ContributorInsightsStatus"]
