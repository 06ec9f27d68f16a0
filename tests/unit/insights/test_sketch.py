"""The heaviest keys are found among any number of keys, in bounded memory."""

from collections import Counter
from itertools import chain
from random import Random

import pytest

from globaltables.foundation.limits import INSIGHTS_MINUTE_KEYS_MAX
from globaltables.insights.sketch import Key, Sketch

_KEYS_MAX = 256


def _zipf(random: Random, keys: int, accesses: int, skew: float) -> list[Key]:
    weights = [1 / rank**skew for rank in range(1, keys + 1)]
    return [(f"k{key}",) for key in random.choices(range(keys), weights, k=accesses)]


def test_sketch_few_keys_counts_exactly() -> None:
    """Nothing is forgotten while every key fits."""
    sketch = Sketch()
    sketch.add(("a",), 500)
    sketch.add(("b", "1"), 3_000)
    sketch.add(("a",), 1_000)
    minute = sketch.minute()
    assert ((("b", "1"), 3_000), (("a",), 1_500)) == minute.heaviest
    assert (0, 4_500, 3) == (minute.error, minute.total, minute.accesses)
    assert (500, 3_000) == (minute.least, minute.greatest)


@pytest.mark.parametrize("skew", [0.6, 1.0, 1.4])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sketch_zipf_is_within_its_error(skew: float, seed: int) -> None:
    """Every weight lies within the error below the exact one, and the error within what is promised."""
    accesses = _zipf(Random(seed), keys=20_000, accesses=50_000, skew=skew)
    exact = Counter(accesses)
    sketch = Sketch(_KEYS_MAX)
    for key in accesses:
        sketch.add(key, 1)
    minute = sketch.minute()
    assert len(accesses) == minute.total
    assert 0 < minute.error <= 2 * minute.total / _KEYS_MAX
    for key, weight in minute.heaviest:
        assert exact[key] - minute.error <= weight <= exact[key]
    named = {key for key, _ in minute.heaviest}
    heavy = {key for key, count in exact.items() if count > 3 * minute.error}
    assert heavy <= named


@pytest.mark.parametrize("order", ["first", "last", "between"])
def test_sketch_hot_key_among_keys_that_never_return_is_first(order: str) -> None:
    """The worst stream: every other key is new; the hot one is found wherever it comes."""
    hot: list[Key] = [("hot",)] * 2_000
    others: list[Key] = [(f"once-{number}",) for number in range(50_000)]
    if order == "first":
        accesses = hot + others
    elif order == "last":
        accesses = others + hot
    else:
        accesses = list(
            chain.from_iterable(([key, *others[at::2_000]]) for at, key in enumerate(hot))
        )
    sketch = Sketch(_KEYS_MAX)
    for key in accesses:
        sketch.add(key, 2)
    minute = sketch.minute()
    assert (("hot",), 4_000) == minute.heaviest[0]
    assert minute.heaviest[1][1] <= 2 + minute.error


def test_sketch_any_number_of_keys_holds_a_bounded_number() -> None:
    """Memory does not grow with the number of keys, nor does what is kept of a minute."""
    sketch = Sketch(_KEYS_MAX)
    for number in range(20_000):
        sketch.add((f"k{number}",), 1 + number % 7)
        assert len(sketch) <= _KEYS_MAX
    assert min(INSIGHTS_MINUTE_KEYS_MAX, len(sketch)) == len(sketch.minute().heaviest)


def test_sketch_keys_of_equal_weight_are_evicted_together() -> None:
    """An eviction makes room also when all keys weigh the same."""
    sketch = Sketch(4)
    for name in "abcde":
        sketch.add((name,), 1)
    assert ((("e",), 1),) == sketch.minute().heaviest
    assert 1 == sketch.error
