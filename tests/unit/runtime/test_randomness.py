"""Tests of identifiers."""

import re
from uuid import UUID

import pytest

from globaltables.runtime.randomness import Randomness, SeededRandomness, SystemRandomness


@pytest.mark.parametrize("randomness", [SystemRandomness(), SeededRandomness(1)])
def test_identifiers_have_their_forms_and_do_not_repeat(randomness: Randomness) -> None:
    """A UUID of version 4, and 52 upper-case letters and digits as DynamoDB's request ids are."""
    uuids = [randomness.uuid() for _ in range(50)]
    ids = [randomness.request_id() for _ in range(50)]
    assert [4] * 50 == [UUID(text).version for text in uuids]
    assert all(re.fullmatch("[A-Z0-9]{52}", text) for text in ids)
    assert (50, 50) == (len(set(uuids)), len(set(ids)))


def test_seeded_randomness_repeats_with_its_seed() -> None:
    """A simulation runs again to the byte."""

    def some(seed: int) -> list[str]:
        randomness = SeededRandomness(seed)
        return [randomness.uuid(), randomness.request_id(), randomness.uuid()]

    assert some(7) == some(7)
    assert some(7) != some(8)


@pytest.mark.parametrize("randomness", [SystemRandomness(), SeededRandomness(1)])
def test_shares_are_between_nothing_and_all_and_differ(randomness: Randomness) -> None:
    """Whoever waits for a share of a time does not wait as long as the others."""
    shares = [randomness.share() for _ in range(50)]
    assert all(0 <= share < 1 for share in shares)
    assert 50 == len(set(shares))
