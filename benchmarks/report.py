"""What is printed and what is kept of a comparison."""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.budgets import BEST, Outcome, median_rate, ratio_of
from benchmarks.servers import HERE, OURS
from benchmarks.target import Run

HISTORY = HERE / "history.jsonl"
#: More than this beside the server and wrk distorts a measurement on few processors.
FOREIGN_CORES_MAX = 0.2
_HEADINGS = (
    *("server", "req/s", "us / it", "p50 ms", "p99 ms", "CPU ms/req"),
    *("non-2xx", "broken", "memory MB", "foreign cores"),
)


@dataclass(frozen=True)
class Comparison:
    """One workload on every server.

    Attributes:
        runs: name of the server -> its repetitions.
        memory_mb: name of the server -> resident memory after the last repetition.
        refusals: name of the server -> why the workload was not measured on it.
    """

    workload: str
    seconds: float
    connections: int
    items: int
    runs: Mapping[str, Sequence[Run]]
    memory_mb: Mapping[str, float]
    refusals: Mapping[str, str]
    outcomes: Sequence[Outcome]

    @property
    def repetitions(self) -> int:
        """How often each server was measured."""
        return max((len(runs) for runs in self.runs.values()), default=0)

    @property
    def foreign_cores(self) -> float:
        """The most that others used during a repetition."""
        return max((run.foreign_cores for runs in self.runs.values() for run in runs), default=0)

    @property
    def disturbed(self) -> bool:
        """Whether others used so much that the numbers say little."""
        return self.foreign_cores > FOREIGN_CORES_MAX


def table(comparison: Comparison) -> str:
    """Return the comparison for reading."""
    rows = [_HEADINGS]
    ours = comparison.runs.get(OURS, ())
    for name, runs in comparison.runs.items():
        figures = summary(runs)
        comparable = name != OURS and ours and all(run.rate for run in runs)
        ratio = f"{ratio_of(ours, runs):.2f}" if comparable else ""
        rows.append(
            (
                name,
                f"{figures['rate']:,.0f}" if figures["rate"] >= 100 else f"{figures['rate']:.1f}",
                ratio,
                f"{figures['p50_ms']:.2f}",
                f"{figures['p99_ms']:.2f}",
                f"{figures['cpu_ms']:.3f}",
                str(figures["refused"]),
                str(figures["broken"]),
                f"{comparison.memory_mb[name]:.0f}",
                f"{figures['foreign_cores']:.2f}",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    length = f"median of {comparison.repetitions} x {comparison.seconds:g} s"
    lines = [f"{comparison.workload}: {comparison.connections} connections, {length}"]
    for name, *cells in rows:
        figures_text = "  ".join(
            cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)
        )
        lines.append(f"  {name.ljust(widths[0])}  {figures_text}")
    lines += [f"  {name}: not measured: {why}" for name, why in comparison.refusals.items()]
    lines += [f"  {sentence(outcome)}" for outcome in comparison.outcomes]
    if comparison.disturbed:
        lines.append(
            f"  DISTURBED: other processes used up to {comparison.foreign_cores:.1f} processors; "
            "measure again on a quiet machine"
        )
    return "\n".join(lines)


def sentence(outcome: Outcome) -> str:
    """Return what became of a budget, e.g. "MISSED: 1.1 x dynalite; the budget is 1.3"."""
    owed = f"{outcome.budget.factor:g} x {outcome.budget.peer}"
    if outcome.ratio is None:
        return f"VOID: {owed}: {outcome.reason}"
    peer = f"{outcome.peer} (the best)" if outcome.budget.peer == BEST else outcome.peer
    text = f"{outcome.verdict.upper()}: {outcome.ratio:.2f} x {peer}; the budget is {owed}"
    return f"{text} ({outcome.reason})" if outcome.reason else text


def summary(runs: Sequence[Run]) -> dict[str, Any]:
    """Return the medians of the repetitions, and the sums of what went wrong."""
    return {
        "rate": round(median_rate(runs), 1),
        "p50_ms": round(statistics.median(run.p50_ms for run in runs), 3),
        "p99_ms": round(statistics.median(run.p99_ms for run in runs), 3),
        "cpu_ms": round(statistics.median(run.cpu_ms for run in runs), 4),
        "refused": sum(run.refused for run in runs),
        "broken": sum(run.broken for run in runs),
        "foreign_cores": round(max(run.foreign_cores for run in runs), 2),
    }


def history_line(comparison: Comparison, facts: Mapping[str, Any]) -> str:
    """Return the comparison as one line of JSON."""
    line = {
        **facts,
        "workload": comparison.workload,
        "connections": comparison.connections,
        "seconds": comparison.seconds,
        "repetitions": comparison.repetitions,
        "items": comparison.items,
        "disturbed": comparison.disturbed,
        "servers": {
            name: {**summary(runs), "memory_mb": comparison.memory_mb[name]}
            for name, runs in comparison.runs.items()
        },
        "not_measured": dict(comparison.refusals),
        "budgets": [
            {
                "peer": outcome.peer or outcome.budget.peer,
                "factor": outcome.budget.factor,
                "ratio": None if outcome.ratio is None else round(outcome.ratio, 2),
                "verdict": outcome.verdict,
            }
            for outcome in comparison.outcomes
        ],
    }
    return json.dumps(line, separators=(",", ":"))


def keep(comparison: Comparison, facts: Mapping[str, Any], history: Path = HISTORY) -> None:
    """Append the comparison to the history."""
    with history.open("a", encoding="utf-8") as file:
        file.write(history_line(comparison, facts) + "\n")
