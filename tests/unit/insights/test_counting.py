"""What the admission shows is counted for the rules that are on, by table and by index."""

from dataclasses import replace
from typing import Any

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.insights.counting import Counting
from globaltables.insights.report import report
from globaltables.insights.series import MINUTE_MS
from globaltables.tables.definitions import Index, InsightsMode, KeyAttribute, KeySchema, Table
from globaltables.tables.insights import enabled_in, rules, with_insights, without_insights
from tests.support.regions import ACCOUNT, TestRegion, make_region

_PK, _SK = KeyAttribute("pk", "S"), KeyAttribute("sk", "N")
_OWNER, _DAY = KeyAttribute("owner", "B"), KeyAttribute("day", "S")
_INDEX = Index("by-owner", 1, "GLOBAL", KeySchema((_OWNER, _DAY)), "ALL", status="ACTIVE")
_LOCAL = Index("local", 2, "LOCAL", KeySchema((_PK,), (_DAY,)), "ALL")
_TABLE = Table(
    "t",
    ACCOUNT,
    "eu-west-1",
    1,
    "id",
    0,
    KeySchema((_PK,), (_SK,)),
    (_PK, _SK, _OWNER, _DAY),
    indexes=(_INDEX, _LOCAL),
)


class _World:
    """A region with one table and the counting of it."""

    def __init__(self) -> None:
        self.made: TestRegion = make_region()
        region = self.made.region
        self.counting = Counting(region.catalog, region.clock)
        self.table = _TABLE
        self.save(_TABLE)

    def save(self, table: Table) -> None:
        self.table = table
        self.made.region.catalog.put(table)

    def enable(self, index: str | None = None, mode: InsightsMode | None = None) -> None:
        region = self.made.region
        self.save(with_insights(self.table, index, mode, region.catalog, region.clock.now_ms()))

    def disable(self) -> None:
        self.save(without_insights(self.table, None, self.made.region.clock.now_ms()))

    def item(self, pk: str, sk: str, **others: Any) -> dict[str, Any]:
        return {"pk": {"S": pk}, "sk": {"N": sk}, **others}

    def report(self, kind: str, index: str | None = None, **given: Any) -> dict[str, Any]:
        names = {
            kind: name
            for subject, setting in enabled_in(self.table)
            if subject.name == index
            for kind, name in rules(self.table, subject, setting).items()
        }
        now_ms = self.made.clock.now_ms()
        period: dict[str, Any] = {
            "start_ms": now_ms - 60 * MINUTE_MS,
            "end_ms": now_ms + 1,
            "period_s": 60,
        }
        catalog = self.made.region.catalog
        rule = next(name for found, name in names.items() if found == kind)
        return report(self.counting, catalog, ACCOUNT, rule, **{**period, **given})

    def found(self, kind: str, index: str | None = None) -> list[tuple[list[str], float]]:
        contributors = self.report(kind, index)["Contributors"]
        return [(one["Keys"], one["ApproximateAggregateValue"]) for one in contributors]


@pytest.fixture
def world() -> _World:
    """A table without Contributor Insights."""
    return _World()


def test_accesses_of_a_table_weigh_three_times_as_much_when_written(world: _World) -> None:
    """ConsumedThroughputUnits are 3 x write units + read units, for the partition and for the pair."""
    world.enable()
    counting, table = world.counting, world.table
    counting.accessed(table, None, world.item("a", "1"), 2.0, "write")
    counting.accessed(table, None, world.item("a", "2"), 0.5, "read")
    counting.accessed(table, None, world.item("b", "1"), 1.0, "read")
    assert [(["a"], 6.5), (["b"], 1.0)] == world.found("PKC")
    assert [(["a", "1"], 6.0), (["b", "1"], 1.0), (["a", "2"], 0.5)] == world.found("SKC")
    assert [] == world.found("PKT") == world.found("SKT")


def test_access_without_sort_key_counts_for_the_partition_alone(world: _World) -> None:
    """A Query is one access of its partition key; a request without a key is none."""
    world.enable()
    world.counting.accessed(world.table, None, {"pk": {"S": "a"}}, 4.0, "read")
    world.counting.accessed(world.table, None, None, 100.0, "read")
    assert [(["a"], 4.0)] == world.found("PKC")
    assert [] == world.found("SKC")


def test_local_index_counts_for_its_table(world: _World) -> None:
    """A local index has no Contributor Insights; its accesses are the table's."""
    world.enable()
    world.counting.accessed(world.table, "local", {"pk": {"S": "a"}}, 1.0, "read")
    assert [(["a"], 1.0)] == world.found("PKC")


def test_index_counts_its_own_keys_when_it_is_on(world: _World) -> None:
    """The table and each index are counted apart; an item that lacks a key of the index is not in it."""
    world.enable("by-owner")
    owner = {"owner": {"B": "AQI="}, "day": {"S": "mon"}}
    counting, table = world.counting, world.table
    counting.accessed(table, None, world.item("a", "1", **owner), 1.0, "write")
    counting.accessed(table, "by-owner", world.item("a", "1", **owner), 1.0, "write")
    counting.accessed(table, "by-owner", world.item("a", "1", day={"S": "mon"}), 1.0, "write")
    assert [(["AQI=,mon"], 3.0)] == world.found("PKC", "by-owner")
    assert {} == world.counting.series(table, None)


def test_index_that_is_gone_is_not_counted(world: _World) -> None:
    """What is left of its setting disturbs nobody, nor does another index of its name take it over."""
    world.enable()
    world.enable("by-owner")
    item = world.item("a", "1", owner={"B": "AQI="}, day={"S": "mon"})
    for indexes in ((_LOCAL,), (_LOCAL, replace(_INDEX, number=3))):
        world.save(replace(world.table, indexes=indexes))
        world.counting.accessed(world.table, None, item, 1.0, "read")
        world.counting.accessed(world.table, "by-owner", item, 1.0, "read")
        assert {} == world.counting.series(world.table, "by-owner")
    assert [(["a"], 2.0)] == world.found("PKC")


def test_throttled_requests_are_counted_one_by_one(world: _World) -> None:
    """ThrottleCount counts refusals, whatever they would have cost; the mode for them counts nothing else."""
    world.enable(mode="THROTTLED_KEYS")
    for _ in range(3):
        world.counting.throttled(world.table, None, world.item("a", "1"), "write")
    world.counting.accessed(world.table, None, world.item("a", "1"), 1.0, "write")
    assert [(["a"], 3.0)] == world.found("PKT")
    assert [(["a", "1"], 3.0)] == world.found("SKT")
    assert {"PKT", "SKT"} == set(world.counting.series(world.table, None))


def test_writes_that_an_index_refuses_are_not_counted(world: _World) -> None:
    """AWS does not measure them; reads of the index it does."""
    world.enable("by-owner")
    item = world.item("a", "1", owner={"B": "AQI="}, day={"S": "mon"})
    world.counting.throttled(world.table, "by-owner", item, "write")
    world.counting.throttled(world.table, "by-owner", None, "read")
    assert [] == world.found("PKT", "by-owner")
    world.counting.throttled(world.table, "by-owner", item, "read")
    assert [(["AQI=,mon"], 1.0)] == world.found("PKT", "by-owner")


def test_changed_mode_keeps_the_counts_of_throttled_keys(world: _World) -> None:
    """The rules of both modes go on; those of accessed keys begin anew when they come back."""
    world.enable()
    world.counting.accessed(world.table, None, world.item("a", "1"), 1.0, "read")
    world.counting.throttled(world.table, None, world.item("a", "1"), "read")
    world.enable(mode="THROTTLED_KEYS")
    world.counting.throttled(world.table, None, world.item("a", "1"), "read")
    world.enable()
    assert [(["a"], 2.0)] == world.found("PKT")
    assert [] == world.found("PKC")


def test_enabled_again_begins_anew(world: _World) -> None:
    """New rules have nothing of the old ones' counts."""
    world.enable()
    world.counting.accessed(world.table, None, world.item("a", "1"), 1.0, "read")
    world.disable()
    world.counting.accessed(world.table, None, world.item("a", "1"), 1.0, "read")
    world.made.clock.advance(1)
    world.enable()
    assert [] == world.found("PKC")


def test_request_with_an_older_definition_counts_for_what_is_on(world: _World) -> None:
    """A request that began before a change neither loses the counts nor brings old rules back."""
    older = world.table
    world.enable()
    newer = world.table
    for table in (newer, older, newer, older):
        world.counting.accessed(table, None, world.item("a", "1"), 1.0, "read")
    assert [(["a"], 4.0)] == world.found("PKC")


@pytest.mark.parametrize("deleted", [True, False])
def test_table_that_counts_no_more_leaves_nothing(world: _World, deleted: bool) -> None:  # noqa: FBT001
    """What was counted for a table that is deleted or disabled is forgotten when another is counted first."""
    world.enable()
    world.counting.accessed(world.table, None, world.item("a", "1"), 1.0, "read")
    if deleted:
        world.made.region.catalog.remove(world.table)
    else:
        world.disable()
    other = replace(_TABLE, name="u", number=2)
    world.save(other)
    world.enable()
    world.counting.accessed(world.table, None, world.item("b", "1"), 1.0, "read")
    assert [2] == list(world.counting._tables)


def test_report_has_data_points_by_period(world: _World) -> None:
    """Minutes are joined to periods; every key and all keys together have their points."""
    world.enable()
    world.made.clock.advance(-world.made.clock.now_ms() % (5 * MINUTE_MS))
    start_ms = world.made.clock.now_ms()
    for _ in range(6):
        world.counting.accessed(world.table, None, world.item("a", "1"), 1.0, "write")
        world.counting.accessed(world.table, None, world.item("b", "1"), 1.0, "read")
        world.made.clock.advance(MINUTE_MS)
    answer = world.report("SKC", start_ms=start_ms, period_s=300)
    first, second = start_ms / 1000, start_ms / 1000 + 300
    expected = {
        "KeyLabels": ["PartitionKey", "SortKey"],
        "AggregationStatistic": "Sum",
        "AggregateValue": 24.0,
        "ApproximateUniqueCount": 2,
        "Contributors": [
            {
                "Keys": ["a", "1"],
                "ApproximateAggregateValue": 18.0,
                "Datapoints": [
                    {"Timestamp": first, "ApproximateValue": 15.0},
                    {"Timestamp": second, "ApproximateValue": 3.0},
                ],
            },
            {
                "Keys": ["b", "1"],
                "ApproximateAggregateValue": 6.0,
                "Datapoints": [
                    {"Timestamp": first, "ApproximateValue": 5.0},
                    {"Timestamp": second, "ApproximateValue": 1.0},
                ],
            },
        ],
        "MetricDatapoints": [
            {
                "Timestamp": first,
                "UniqueContributors": 2.0,
                "MaxContributorValue": 15.0,
                "SampleCount": 10.0,
                "Average": 10.0,
                "Sum": 20.0,
                "Minimum": 1.0,
                "Maximum": 3.0,
            },
            {
                "Timestamp": second,
                "UniqueContributors": 2.0,
                "MaxContributorValue": 3.0,
                "SampleCount": 2.0,
                "Average": 2.0,
                "Sum": 4.0,
                "Minimum": 1.0,
                "Maximum": 3.0,
            },
        ],
    }
    assert expected == answer


def test_report_ordered_by_maximum_ranks_by_the_highest_point(world: _World) -> None:
    """A short peak comes before a steady load that adds up to more."""
    world.enable()
    for minute in range(5):
        world.counting.accessed(world.table, None, world.item("steady", "1"), 10.0, "read")
        if minute == 2:
            world.counting.accessed(world.table, None, world.item("peak", "1"), 30.0, "read")
        world.made.clock.advance(MINUTE_MS)
    by_sum = [one["Keys"] for one in world.report("PKC")["Contributors"]]
    by_maximum = world.report("PKC", order_by="Maximum", max_contributors=1)["Contributors"]
    assert [["steady"], ["peak"]] == by_sum
    assert [["peak"]] == [one["Keys"] for one in by_maximum]


def test_report_of_another_time_is_empty(world: _World) -> None:
    """Only the minutes that were asked for are reported."""
    world.enable()
    world.counting.accessed(world.table, None, world.item("a", "1"), 1.0, "read")
    answer = world.report("PKC", start_ms=0, end_ms=1_000)
    assert [] == answer["Contributors"] == answer["MetricDatapoints"]
    assert (0, 0) == (answer["AggregateValue"], answer["ApproximateUniqueCount"])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"max_contributors": 26}, "InvalidParameterValueException"),
        ({"max_contributors": 0}, "InvalidParameterValueException"),
        ({"period_s": 0}, "InvalidParameterValueException"),
    ],
)
def test_report_with_numbers_out_of_bounds_is_refused(
    world: _World, given: dict[str, Any], code: str
) -> None:
    """AWS names at most 25 contributors of a table."""
    world.enable()
    with pytest.raises(ApiError) as refused:
        world.report("PKC", **given)
    assert code == refused.value.code


def test_report_of_an_unknown_rule_is_refused(world: _World) -> None:
    """The rules of a setting go with it."""
    catalog = world.made.region.catalog
    with pytest.raises(ApiError) as refused:
        report(world.counting, catalog, ACCOUNT, "no-rule", 0, 1, 60)
    assert "ResourceNotFoundException" == refused.value.code
