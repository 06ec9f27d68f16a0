"""Measurements as they are stored: the names of series, and distributions by time in four resolutions.

    w n account/ [namespace, name, [[dimension, value], ...]]   number, latest measurement, whether of high resolution
    w p number resolution time unit                             distribution
    w l                                                         the last number that was given

See docs/formats/measurements.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import orjson

from globaltables.companions.cloudwatch.distribution import Distribution
from globaltables.engine.interface import Reader
from globaltables.foundation.errors import OperationalError
from globaltables.itemstore.keyspaces import MEASUREMENTS, whole
from globaltables.itemstore.stage import Stage

_NAMES = MEASUREMENTS + b"n"
_POINTS = MEASUREMENTS + b"p"
_LAST_NUMBER = MEASUREMENTS + b"l"
_DAY_MS = 24 * 3600 * 1000
#: By resolution in seconds: how long it is kept (user guide, "Metrics retention").
RETENTION_MS: Mapping[int, int] = MappingProxyType(
    {1: 3 * 3600 * 1000, 60: 15 * _DAY_MS, 300: 63 * _DAY_MS, 3600: 455 * _DAY_MS}
)
#: Dimensions with their values, sorted.
Dimensions = tuple[tuple[str, str], ...]


class Metric(NamedTuple):
    """What a series is known by."""

    namespace: str
    name: str
    dimensions: Dimensions = ()


class Measured(NamedTuple):
    """One or more measurements of a metric in one second.

    Attributes:
        unit: "None" for none.
        high: whether they are kept by the second too.
    """

    metric: Metric
    unit: str
    time_ms: int
    distribution: Distribution
    high: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """What is known of a stored series.

    Attributes:
        number: in the keys of its points.
        latest_ms: the latest time that was measured.
        high: whether anything of it is kept by the second.
    """

    number: int
    latest_ms: int
    high: bool


def add(stage: Stage, account: str, measured: Measured) -> None:
    """Stage measurements, added to what is stored of their time."""
    series = _series_for(stage, account, measured)
    seconds = measured.time_ms // 1000
    for resolution in RETENTION_MS:
        if resolution == 1 and not measured.high:
            continue
        key = _point_key(series.number, resolution, seconds - seconds % resolution, measured.unit)
        stored = stage.get(key)
        if stored is None:
            stage.put(key, measured.distribution.encode())
            continue
        merged = Distribution.decode(stored)
        merged.merge(measured.distribution)
        stage.put(key, merged.encode())


def find(reader: Reader, account: str, metric: Metric) -> Series | None:
    """Return what is known of a metric, None for one that was never measured."""
    raw = reader.get(_name_key(account, metric))
    return None if raw is None else _decode(raw)


def listed(
    reader: Reader, account: str, namespace: str | None, after: bytes = b""
) -> Iterator[tuple[bytes, Metric, Series]]:
    """Return the metrics of an account behind a key, in order, each with its key."""
    prefix = _NAMES + f"{account}/".encode("ascii")
    start, end = whole(prefix if namespace is None else prefix + _beginning(namespace))
    for key, raw in reader.range(after + b"\0" if after else start, end):
        found_namespace, name, dimensions = orjson.loads(key[len(prefix) :])
        pairs = tuple((one, value) for one, value in dimensions)
        yield key, Metric(found_namespace, name, pairs), _decode(raw)


def points(
    reader: Reader, series: Series, resolution: int, start_s: int, end_s: int
) -> Iterator[tuple[int, str, Distribution]]:
    """Return what is stored of start <= time < end, as (time in seconds, unit, distribution), in order of time."""
    prefix = _resolution_prefix(series.number, resolution)
    first = prefix + max(start_s, 0).to_bytes(8, "big")
    last = prefix + max(end_s, 0).to_bytes(8, "big")
    for key, raw in reader.range(first, last):
        place = len(prefix)
        time = int.from_bytes(key[place : place + 8], "big")
        yield time, key[place + 8 :].decode("ascii"), Distribution.decode(raw)


def forget_old(reader: Reader, stage: Stage, now_ms: int) -> None:
    """Stage the end of everything whose time is over, names included."""
    for key, raw in reader.range(*whole(_NAMES)):
        series = _decode(raw)
        for resolution, kept_ms in RETENTION_MS.items():
            prefix = _resolution_prefix(series.number, resolution)
            limit = max(now_ms - kept_ms, 0) // 1000
            start, end = prefix, prefix + limit.to_bytes(8, "big")
            if next(iter(reader.range(start, end)), None) is not None:
                stage.delete_range(start, end)
        if series.latest_ms < now_ms - RETENTION_MS[3600]:
            stage.delete(key)


def _series_for(stage: Stage, account: str, measured: Measured) -> Series:
    """Return the series of a metric with a measurement in it; staged when it is new or has a later time."""
    key = _name_key(account, measured.metric)
    raw = stage.get(key)
    if raw is None:
        number = int.from_bytes(stage.get(_LAST_NUMBER) or b"", "big") + 1
        stage.put(_LAST_NUMBER, number.to_bytes(8, "big"))
        series = Series(number, measured.time_ms, measured.high)
    else:
        known = _decode(raw)
        series = Series(
            known.number, max(known.latest_ms, measured.time_ms), known.high or measured.high
        )
        if series == known:
            return known
    stage.put(key, orjson.dumps([series.number, series.latest_ms, series.high]))
    return series


def _decode(raw: bytes) -> Series:
    try:
        number, latest_ms, high = orjson.loads(raw)
    except ValueError as error:
        raise OperationalError(f"the name of a metric is damaged: {error}") from error
    return Series(number, latest_ms, high)


def _beginning(namespace: str) -> bytes:
    return b"[" + orjson.dumps(namespace) + b","


def _name_key(account: str, metric: Metric) -> bytes:
    name = orjson.dumps([metric.namespace, metric.name, metric.dimensions])
    return _NAMES + f"{account}/".encode("ascii") + name


def _resolution_prefix(number: int, resolution: int) -> bytes:
    return _POINTS + number.to_bytes(8, "big") + resolution.to_bytes(2, "big")


def _point_key(number: int, resolution: int, second: int, unit: str) -> bytes:
    return _resolution_prefix(number, resolution) + second.to_bytes(8, "big") + unit.encode("ascii")
