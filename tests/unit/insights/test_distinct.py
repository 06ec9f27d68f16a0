"""Numbers of different keys: exact while few, estimated in bounded memory when many."""

import pytest

from globaltables.foundation.limits import INSIGHTS_HASHES_MAX
from globaltables.insights.distinct import DistinctKeys, distinct_keys


def _counted(first: int, last: int) -> DistinctKeys:
    distinct = DistinctKeys()
    for number in range(first, last):
        distinct.add((f"k{number}",))
        distinct.add((f"k{number}",))
    return distinct


def test_distinct_few_keys_are_counted_exactly() -> None:
    """Keys that two minutes share are counted once."""
    assert distinct_keys([]) == 0
    assert distinct_keys([_counted(0, 100).smallest()]) == 100
    assert distinct_keys([_counted(0, 100).smallest(), _counted(50, 150).smallest()]) == 150


@pytest.mark.parametrize("keys", [2_000, 40_000])
def test_distinct_many_keys_are_estimated_in_bounded_memory(keys: int) -> None:
    """Within seven standard errors, because the hashes differ from run to run."""
    first, second = _counted(0, keys).smallest(), _counted(keys // 2, keys * 2).smallest()
    assert len(first) == INSIGHTS_HASHES_MAX
    assert distinct_keys([first]) == pytest.approx(keys, rel=0.3)
    assert distinct_keys([first, second]) == pytest.approx(keys * 2, rel=0.3)
