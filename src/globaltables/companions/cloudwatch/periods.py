"""From stored points to a value for every period, in the resolution that the request's times allow."""

from dataclasses import dataclass

from globaltables.companions.cloudwatch.distribution import Distribution
from globaltables.companions.cloudwatch.series import RETENTION_MS, Metric, find, points
from globaltables.engine.interface import Reader

_MINUTE = 60
_COARSER = (3600, 300, 60)


@dataclass(frozen=True, slots=True)
class Window:
    """What is asked for: start <= time < end, in seconds, and the length of a period.

    Attributes:
        now_s: the time of asking; what is older is kept in coarser resolutions.
    """

    start_s: int
    end_s: int
    period_s: int
    now_s: int

    @property
    def first_s(self) -> int:
        """The beginning of the first period: the start, rounded down as AWS does by its age.

        Source: API_GetMetricStatistics, StartTime.
        """
        return self.start_s - self.start_s % max(self._grain, 1)

    @property
    def resolution(self) -> int:
        """The stored resolution that is read: the coarsest that the periods are made of."""
        if self.period_s < _MINUTE:
            return 1
        for resolution in _COARSER:
            if self.period_s % resolution == 0 and self.first_s % resolution == 0:
                return resolution
        return _MINUTE

    @property
    def _grain(self) -> int:
        age_ms = (self.now_s - self.start_s) * 1000
        if self.period_s < _MINUTE and age_ms <= RETENTION_MS[1]:
            return self.period_s
        if age_ms <= RETENTION_MS[60]:
            return _MINUTE
        return 300 if age_ms <= RETENTION_MS[300] else 3600


def by_period(
    reader: Reader, account: str, metric: Metric, window: Window, unit: str | None
) -> dict[tuple[int, str], Distribution]:
    """Return the distributions of a metric by the beginning of their period and their unit.

    Args:
        reader: of the region.
        account: whose metric.
        metric: which.
        window: the time and the period.
        unit: the one that is wanted; None for all.
    """
    found: dict[tuple[int, str], Distribution] = {}
    series = find(reader, account, metric)
    if series is None:
        return found
    first, period, resolution = window.first_s, window.period_s, window.resolution
    if resolution == 1 and not series.high:
        resolution = _MINUTE
    for time, of_unit, distribution in points(reader, series, resolution, first, window.end_s):
        if unit is not None and unit != of_unit:
            continue
        place = (time - (time - first) % period, of_unit)
        if place in found:
            found[place].merge(distribution)
        else:
            found[place] = distribution
    return found
