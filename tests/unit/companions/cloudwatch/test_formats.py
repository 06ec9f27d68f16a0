"""Stored bytes, as docs/formats/measurements.md has them."""

from globaltables.companions.cloudwatch import series
from globaltables.companions.cloudwatch.distribution import Distribution
from globaltables.companions.cloudwatch.series import Measured, Metric
from globaltables.companions.logs.stored import put_event
from globaltables.itemstore.keyspaces import LOG_EVENTS, MEASUREMENTS, whole
from tests.support.formats import cases
from tests.support.regions import make_region
from tests.support.stores import run

_PAGE = "measurements.md"
_TIME_MS = 1_795_279_081_000


def test_measurements_are_stored_as_the_page_says() -> None:
    """Every key that one measurement makes, with its bytes."""

    async def work() -> None:
        store = make_region().region.store
        metric = Metric("App", "took", (("User", "ann"),))
        found = Distribution.of([(1.0, 2.0), (2.5, 1.0)])
        measured = Measured(metric, "Seconds", _TIME_MS, found, high=True)
        await store.submit(lambda stage: series.add(stage, "123456789012", measured))
        expected = {
            bytes.fromhex(case["key"]): (
                case["json"].encode() if "json" in case else bytes.fromhex(case["value"])
            )
            for case in cases(_PAGE, "Measurements")
        }
        assert expected == dict(store.reader().range(*whole(MEASUREMENTS)))
        await store.close()

    run(work)


def test_events_are_stored_as_the_page_says() -> None:
    """The stamp behind the time is the region's."""

    async def work() -> None:
        store = make_region().region.store
        await store.submit(
            lambda stage: put_event(stage, {"number": 3}, _TIME_MS, _TIME_MS + 500, "hello")
        )
        ((key, value),) = store.reader().range(*whole(LOG_EVENTS))
        (case,) = cases(_PAGE, "Events")
        assert (case["key"], case["json"].encode()) == (key[:-8].hex(), value)
        await store.close()

    run(work)
