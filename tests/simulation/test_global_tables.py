"""Thousands of histories of global tables, drawn from seeds: whatever happens, members agree and nothing is lost.

A failure names its seed and the fewest steps with which it fails. It is run again with

    GLOBALTABLES_SEED=1234 GLOBALTABLES_STEPS=17 pytest tests/simulation

and GLOBALTABLES_HISTORIES=20000 runs more of them, from GLOBALTABLES_SEED on or from 0.
"""

import os

import pytest

from tests.support.simulation.evidence import Evidence
from tests.support.simulation.story import Story

BATCHES = 10
HISTORIES = int(os.environ.get("GLOBALTABLES_HISTORIES", "2000"))
SEED = os.environ.get("GLOBALTABLES_SEED")
#: A seed alone is one history.
COUNT = 1 if SEED is not None and "GLOBALTABLES_HISTORIES" not in os.environ else HISTORIES
FIRST = int(SEED or "0")


def run_and_check(story: Story) -> None:
    """Run one history."""
    story.run()
    Evidence(story).check()


def fewest_steps(story: Story) -> int:
    """Return the least number of steps with which a history fails too: one with fewer begins in the same way."""
    for fewer in range(1, story.steps):
        try:
            run_and_check(Story(story.seed, fewer))
        except Exception:  # noqa: BLE001 - whatever it is, it fails
            return fewer
    return story.steps


@pytest.mark.parametrize("batch", range(BATCHES))
def test_histories_leave_members_that_agree_and_lose_double_and_reorder_nothing(batch: int) -> None:
    """Every seed of the batch; `tests.support.simulation.evidence` says what is compared."""
    steps = int(os.environ.get("GLOBALTABLES_STEPS", "0"))
    for seed in range(FIRST + batch, FIRST + COUNT, BATCHES):
        story = Story(seed, steps)
        try:
            run_and_check(story)
        except Exception as error:
            error.add_note(f"GLOBALTABLES_SEED={seed} GLOBALTABLES_STEPS={fewest_steps(story)}")
            raise


@pytest.mark.parametrize("seed", [3, 4])
def test_history_repeats_with_its_seed(seed: int) -> None:
    """The same records at the same positions, to the byte."""

    def logs() -> dict[str, list[tuple[int, int, bytes]]]:
        story = Story(seed)
        story.run()
        return {name: disk.log for name, disk in story.world.disks.items()}

    assert logs() == logs()
