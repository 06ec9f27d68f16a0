"""What a measurement ran on: facts that explain numbers, nothing that names the machine."""

import os
import platform
import statistics
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.servers import HERE, RUN

_FSYNCS = 40


def facts() -> dict[str, Any]:
    """Return the facts that stand in every line of the history."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": _git("rev-parse", "--short=12", "HEAD"),
        # Other files than the server's do not change what is measured.
        "modified": bool(_git("status", "--porcelain", "--", "src", "requirements")),
        "cores": os.cpu_count(),
        "cpu": cpu_model(),
        "python": platform.python_version(),
        "fsync_us": fsync_us(RUN),
    }


def cpu_model() -> str:
    """Return the processor's name."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def fsync_us(folder: Path) -> int:
    """Return the median time of appending 4 KiB and fsync, in microseconds: what durability costs here."""
    folder.mkdir(parents=True, exist_ok=True)
    times: list[float] = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_FSYNCS):
            file.write(bytes(4096))
            started = time.perf_counter()
            file.flush()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - started)
    return round(statistics.median(times) * 1e6)


def _git(*arguments: str) -> str:
    """Return git's answer about the repository; empty outside of one."""
    try:
        done = subprocess.run(
            ("git", *arguments), cwd=HERE.parent, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
