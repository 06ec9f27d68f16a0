"""Measurements over time: periods, resolutions, retention, and what tables and links leave by themselves."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from globaltables.capacity.traffic import Event
from globaltables.companions.cloudwatch import series
from globaltables.companions.cloudwatch.collection import Collector
from globaltables.companions.cloudwatch.intake import intake_of
from globaltables.companions.cloudwatch.series import Metric
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.link_state import LinkState
from globaltables.itemstore.node import Node
from globaltables.runtime.series import Statistics
from globaltables.tables.definitions import Replica, Throughput
from tests.support.regions import ACCOUNT, make_region, make_table
from tests.support.stores import run
from tests.support.watched import BEGIN_S, Watched, watched

_HOUR = 3600
_DAY_MS = 24 * _HOUR * 1000


async def _sums(world: Watched, start_s: int, end_s: int, period: int) -> list[tuple[int, float]]:
    answer = await world.ask(
        "GetMetricStatistics",
        Namespace="App",
        MetricName="errors",
        StartTime=float(start_s),
        EndTime=float(end_s),
        Period=period,
        Statistics=["Sum"],
    )
    return [(int(one["Timestamp"]), one["Sum"]) for one in answer["Datapoints"]]


def test_periods_begin_at_the_start_of_the_time() -> None:
    """Rounded down to the minute; measurements of a minute are together."""

    async def check(world: Watched) -> None:
        for minute in range(4):
            await world.measure(1.0, 2.0, time_s=BEGIN_S + 60 * minute)
        begin = BEGIN_S + 90
        assert [(BEGIN_S + 60, 6.0), (BEGIN_S + 180, 3.0)] == await _sums(
            world, begin, BEGIN_S + 600, 120
        )
        hour = BEGIN_S - BEGIN_S % _HOUR
        assert [(hour, 12.0)] == await _sums(world, hour, hour + _HOUR, _HOUR)

    watched(check)


def test_measurements_of_high_resolution_are_kept_by_the_second() -> None:
    """And by the minute too."""

    async def check(world: Watched) -> None:
        data = [
            {
                "MetricName": "errors",
                "Value": 1.0,
                "Timestamp": BEGIN_S + second,
                "StorageResolution": 1,
            }
            for second in (0, 1, 7)
        ]
        await world.ask("PutMetricData", Namespace="App", MetricData=data)
        assert [(BEGIN_S, 2.0), (BEGIN_S + 5, 1.0)] == await _sums(world, BEGIN_S, BEGIN_S + 60, 5)
        assert [(BEGIN_S, 3.0)] == await _sums(world, BEGIN_S, BEGIN_S + 60, 60)

    watched(check)


def test_old_measurements_are_coarser_and_then_gone() -> None:
    """Minutes for 15 days, five minutes for 63, hours for 455."""

    async def check(world: Watched) -> None:
        await world.measure(1.0)
        found: list[list[int]] = []
        for days in (14, 2, 48, 400):
            world.made.clock.advance(days * _DAY_MS)
            store, now_ms = world.region.store, world.region.clock.now_ms()
            await store.submit(partial(series.forget_old, store.reader(), now_ms=now_ms))
            stored = series.find(store.reader(), ACCOUNT, Metric("App", "errors"))
            if stored is None:
                found.append([])
                continue
            end = BEGIN_S + _HOUR
            found.append(
                [
                    resolution
                    for resolution in series.RETENTION_MS
                    if list(series.points(store.reader(), stored, resolution, 0, end))
                ]
            )
        assert [[60, 300, 3600], [300, 3600], [3600], []] == found

    watched(check)


@pytest.mark.parametrize(
    ("datum", "code", "message"),
    [
        ({}, "MissingParameter", "At least one of the parameters"),
        ({"Value": float("nan")}, "InvalidParameterValue", "The value nan for parameter"),
        ({"Value": 1.0, "Values": [1.0]}, "InvalidParameterCombination", "mutually exclusive"),
        ({"Values": [1.0], "Counts": [1.0, 2.0]}, "InvalidParameterCombination", "the same size"),
        ({"Value": 1.0, "Timestamp": 0.0}, "InvalidParameterValue", "within the past two weeks"),
        ({"Value": 1.0, "Timestamp": 4e9}, "InvalidParameterValue", "two hours in the future"),
        ({"Value": 1.0, "StorageResolution": 5}, "InvalidParameterValue", "StorageResolution"),
        (
            {"StatisticValues": {"SampleCount": 0.0, "Sum": 0.0, "Minimum": 0.0, "Maximum": 0.0}},
            "InvalidParameterValue",
            "SampleCount must be greater than 0",
        ),
    ],
)
def test_a_measurement_that_cannot_be_is_refused(
    datum: dict[str, Any], code: str, message: str
) -> None:
    """Nothing of the request is kept then."""

    async def check(world: Watched) -> None:
        data = [{"MetricName": "errors", "Value": 1.0}, {"MetricName": "errors", **datum}]
        with pytest.raises(ApiError) as refusal:
            await world.ask("PutMetricData", Namespace="App", MetricData=data)
        assert code == refusal.value.code
        assert message in str(refusal.value.message)
        assert [] == (await world.ask("ListMetrics"))["Metrics"]

    watched(check)


def test_what_tables_do_is_measured_once() -> None:
    """Units, refusals, durations and settings; however often somebody reads."""

    async def work() -> None:
        made = make_region()
        region = made.region
        table = await made.save(
            replace(make_table(), billing_mode="PROVISIONED", throughput=Throughput(5, 7))
        )
        collector, intake = Collector(Node(lambda _: region), region), intake_of(region)
        intake.collect = collector.collect
        region.admission.read(table, None, 0.5, {"pk": {"S": "a"}})
        await intake.up_to_date()
        region.admission.read(table, None, 2.0, {"pk": {"S": "a"}})
        region.admission.write(table, 1.0, (), {"pk": {"S": "a"}})
        region.traffic.succeeded("GetItem", ACCOUNT, table.name, 2_000_000)
        region.traffic.happened(Event(ACCOUNT, "UserErrors"))
        await intake.up_to_date()
        await intake.up_to_date()
        reader = region.store.reader()
        found = {}
        for _, metric, stored in series.listed(reader, ACCOUNT, "AWS/DynamoDB"):
            ((_, unit, measured),) = series.points(reader, stored, 60, 0, 2**40)
            names = tuple(name for name, _ in metric.dimensions)
            found[metric.name] = (names, unit, measured.count, round(measured.total, 1))
        of_table, of_operation = ("TableName",), ("Operation", "TableName")
        expected: dict[str, Any] = {
            "AccountMaxReads": ((), "Count", 1, 80_000),
            "ConsumedReadCapacityUnits": (of_table, "Count", 2, 2.5),
            "ConsumedWriteCapacityUnits": (of_table, "Count", 1, 1.0),
            "ProvisionedReadCapacityUnits": (of_table, "Count", 1, 5),
            "ProvisionedWriteCapacityUnits": (of_table, "Count", 1, 7),
            "SuccessfulRequestLatency": (of_operation, "Milliseconds", 1, 2.0),
            "UserErrors": ((), "Count", 1, 1.0),
        }
        assert expected == {name: found[name] for name in expected}
        await region.store.close()

    run(work)


def test_the_latency_of_a_link_is_measured_in_its_source() -> None:
    """With the receiving region as a dimension; what was told once is not told again."""

    async def work() -> None:
        here, there = make_region("eu-west-1"), make_region("us-west-2")
        regions = {one.region.name: one.region for one in (here, there)}
        members: dict[str, Any] = {"global_table_version": "2019.11.21"}
        table = replace(make_table(), replicas=(Replica("us-west-2", "ACTIVE"),), **members)
        copy = replace(
            make_table(number=9),
            region="us-west-2",
            replicas=(Replica("eu-west-1", "ACTIVE"),),
            **members,
        )
        await here.save(table)
        await there.save(copy)
        state = there.region.links[9, "eu-west-1"] = LinkState()
        collector = Collector(Node(regions.__getitem__), here.region)
        intake = intake_of(here.region)
        intake.collect = collector.collect
        now_ms = here.clock.now_ms()
        state.latency_ms.add(now_ms, Statistics(2, 30.0, 10.0, 20.0))
        await intake.up_to_date()
        state.latency_ms.add(now_ms, Statistics(1, 60.0, 60.0, 60.0))
        await intake.up_to_date()
        await intake.up_to_date()
        reader = here.region.store.reader()
        dimensions = (("ReceivingRegion", "us-west-2"), ("TableName", "orders"))
        metric = Metric("AWS/DynamoDB", "ReplicationLatency", dimensions)
        stored = series.find(reader, ACCOUNT, metric)
        assert stored is not None
        ((_, unit, found),) = series.points(reader, stored, 60, 0, 2**40)
        assert ("Milliseconds", 3, 90.0, 10.0, 60.0) == (
            unit,
            found.count,
            found.total,
            found.least,
            found.greatest,
        )
        for one in (here, there):
            await one.region.store.close()

    run(work)


def test_get_metric_data_of_too_many_datapoints_is_refused() -> None:
    """Before any of them is computed."""

    async def check(world: Watched) -> None:
        queries = [{"Id": "e1", "Expression": "TIME_SERIES(1)", "Period": 1}]
        with pytest.raises(ApiError) as refusal:
            await world.ask(
                "GetMetricData", MetricDataQueries=queries, StartTime=0.0, EndTime=float(BEGIN_S)
            )
        assert "which exceeds the limit of 100,800" in str(refusal.value.message)

    watched(check)


def test_get_metric_data_is_paged_by_datapoints() -> None:
    """A page ends in the middle of a result, and the next one goes on there."""

    async def check(world: Watched) -> None:
        for minute in range(3):
            await world.measure(float(minute), time_s=BEGIN_S + 60 * minute)
        stat = {
            "Metric": {"Namespace": "App", "MetricName": "errors"},
            "Period": 60,
            "Stat": "Sum",
        }
        request: dict[str, Any] = {
            "MetricDataQueries": [
                {"Id": "m1", "MetricStat": stat},
                {"Id": "e1", "Expression": "m1 * 10", "Label": "at most ${MAX}"},
            ],
            "StartTime": float(BEGIN_S),
            "EndTime": float(BEGIN_S + 600),
            "ScanBy": "TimestampAscending",
            "MaxDatapoints": 4,
        }
        pages = [await world.ask("GetMetricData", **request)]
        request["NextToken"] = pages[0]["NextToken"]
        pages.append(await world.ask("GetMetricData", **request))
        found = [
            [(one["Label"], one["Values"], one["StatusCode"]) for one in page["MetricDataResults"]]
            for page in pages
        ]
        assert [
            [("errors", [0.0, 1.0, 2.0], "Complete"), ("at most 20", [0.0], "PartialData")],
            [("at most 20", [10.0, 20.0], "Complete")],
        ] == found
        assert "NextToken" not in pages[1]

    watched(check)
