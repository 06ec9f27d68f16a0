"""Budgets are judged by ratios of one run, and only by requests that were answered."""

import json

from benchmarks.budgets import BEST, BUDGETS, Budget, judge
from benchmarks.report import Comparison, history_line, sentence, table
from benchmarks.target import Run
from benchmarks.workloads import WORKLOADS


def _run(rate: float, *, refused: int = 0, foreign_cores: float = 0.0) -> Run:
    return Run(rate, 5.0, 1.0, 2.0, 0.1, refused, 0, foreign_cores)


def test_judge_with_enough_requests_per_second_is_met() -> None:
    """The ratio is the median of the repetitions' ratios, not the ratio of medians."""
    runs = {
        "globaltables": [_run(300), _run(100), _run(80)],
        "dynalite": [_run(100), _run(50), _run(80)],
    }

    outcome = judge(Budget(2, "dynalite"), runs)

    assert ("met", 2.0) == (outcome.verdict, outcome.ratio)


def test_judge_with_too_few_requests_per_second_is_missed() -> None:
    """A budget that is missed by little is missed."""
    outcome = judge(Budget(1.3, "dynalite"), {"globaltables": [_run(129)], "dynalite": [_run(100)]})

    assert outcome.verdict == "missed"
    assert sentence(outcome) == "MISSED: 1.29 x dynalite; the budget is 1.3 x dynalite"


def test_judge_best_peer_compares_with_the_fastest() -> None:
    """The best peer is the fastest of those that were measured."""
    runs = {"globaltables": [_run(60)], "dynalite": [_run(9)], "dynoxide": [_run(10)]}

    outcome = judge(Budget(6, BEST), runs)

    assert ("dynoxide", "met") == (outcome.peer, outcome.verdict)


def test_judge_without_the_peer_is_void() -> None:
    """No other peer takes the place of one that is absent."""
    outcome = judge(Budget(2, "dynoxide"), {"globaltables": [_run(60)], "dynalite": [_run(9)]})

    assert ("void", None) == (outcome.verdict, outcome.ratio)


def test_judge_with_refused_requests_is_void() -> None:
    """Errors are quick: a server that refuses is not fast."""
    runs = {"globaltables": [_run(60, refused=1)], "dynoxide": [_run(9)]}

    assert judge(Budget(2, "dynoxide"), runs).verdict == "void"


def test_budgets_every_workload_has_one() -> None:
    """A workload without budget would be measured for nobody."""
    assert set(WORKLOADS) == set(BUDGETS)


def test_report_says_when_others_used_the_processors() -> None:
    """A disturbed measurement says so, for reading and in the history."""
    runs = {"globaltables": [_run(60, foreign_cores=0.5)], "dynoxide": [_run(20)]}
    comparison = Comparison(
        workload="get",
        seconds=5,
        connections=64,
        items=100,
        runs=runs,
        memory_mb={"globaltables": 50.0, "dynoxide": 20.0},
        refusals={"dynalite": "not installed"},
        outcomes=[judge(Budget(2, "dynoxide"), runs)],
    )

    text, line = table(comparison), json.loads(history_line(comparison, {"cores": 2}))

    assert "DISTURBED" in text
    assert "dynalite: not measured: not installed" in text
    assert line["disturbed"] is True
    assert line["budgets"] == [
        {"peer": "dynoxide", "factor": 2, "ratio": 3.0, "verdict": "met"},
    ]


def test_judge_with_a_peer_that_answered_nothing_is_void() -> None:
    """Whoever answers nothing in time has no rate to compare with."""
    runs = {"globaltables": [_run(60)], "dynoxide": [_run(0)]}

    outcome = judge(Budget(2, "dynoxide"), runs)

    assert ("void", None) == (outcome.verdict, outcome.ratio)
