"""What the server owes, as ratios of requests per second in one run, and whether it keeps it."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from benchmarks.servers import OURS
from benchmarks.target import Run

Verdict = Literal["met", "missed", "void"]
BEST = "the best peer"


@dataclass(frozen=True)
class Budget:
    """At least `factor` times the requests per second of a peer, or of the best of all."""

    factor: float
    peer: str


@dataclass(frozen=True)
class Outcome:
    """A budget after a run.

    Attributes:
        peer: the one that was compared with; empty when there was none.
        ratio: median over the repetitions of ours / the peer's.
        verdict: void when the peer was not measured or when requests were not answered as they should.
        reason: says why it is void.
    """

    budget: Budget
    peer: str
    ratio: float | None
    verdict: Verdict
    reason: str = ""


_WRITES = (Budget(1.3, "dynalite"), Budget(8, "dynamodb-local"))
BUDGETS: Mapping[str, tuple[Budget, ...]] = MappingProxyType(
    {
        "get": (Budget(2, "dynoxide"),),
        "query": (Budget(6, BEST),),
        "scan": (Budget(6, BEST),),
        "put": _WRITES,
        "update": _WRITES,
        "batchwrite": (Budget(5, BEST),),
        "transact": (Budget(3, "dynoxide"),),
    }
)


def judge(budget: Budget, runs: Mapping[str, Sequence[Run]]) -> Outcome:
    """Compare a run with a budget.

    Args:
        budget: what is owed.
        runs: name of the server -> its repetitions; those at the same place were measured close in time.
    """
    peers = {name: each for name, each in runs.items() if name != OURS and each}
    ours = runs.get(OURS, ())
    if not ours:
        return Outcome(budget, "", None, "void", f"{OURS} was not measured")
    if budget.peer == BEST:
        peer = max(peers, key=lambda name: median_rate(peers[name]), default="")
    else:
        peer = budget.peer if budget.peer in peers else ""
    if not peer:
        return Outcome(budget, "", None, "void", "no peer to compare with was measured")
    if not all(run.rate for run in peers[peer]):
        return Outcome(budget, peer, None, "void", f"{peer} answered nothing")
    ratio = ratio_of(ours, peers[peer])
    for name, each in ((OURS, ours), (peer, peers[peer])):
        if any(run.refused or run.broken for run in each):
            return Outcome(budget, peer, ratio, "void", f"{name} did not answer every request")
    return Outcome(budget, peer, ratio, "met" if ratio >= budget.factor else "missed")


def ratio_of(ours: Sequence[Run], theirs: Sequence[Run]) -> float:
    """Return the median over the repetitions of our requests per second divided by theirs."""
    return statistics.median(
        mine.rate / other.rate for mine, other in zip(ours, theirs, strict=True)
    )


def median_rate(runs: Sequence[Run]) -> float:
    """Return the median of the requests per second."""
    return statistics.median(run.rate for run in runs)
