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
    assert 0 == distinct_keys([])
    assert 100 == distinct_keys([_counted(0, 100).smallest()])
    assert 150 == distinct_keys([_counted(0, 100).smallest(), _counted(50, 150).smallest()])


@pytest.mark.parametrize("keys", [2_000, 40_000])
def test_distinct_many_keys_are_estimated_in_bounded_memory(keys: int) -> None:
    """Within seven standard errors, because the hashes differ from run to run."""
    first, second = _counted(0, keys).smallest(), _counted(keys // 2, keys * 2).smallest()
    assert INSIGHTS_HASHES_MAX == len(first)
    assert distinct_keys([first]) == pytest.approx(keys, rel=0.3)
    assert distinct_keys([first, second]) == pytest.approx(keys * 2, rel=0.3)
