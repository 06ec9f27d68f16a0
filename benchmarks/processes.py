"""What processes and the machine used, read from /proc."""

import os
import time
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for each in found:
        found.extend(children.get(each, ()))
    return found


def cpu_seconds(pids: list[int]) -> float:
    """Return the processor time that processes used since they started."""
    ticks = sum(int(fields[11]) + int(fields[12]) for pid in pids if (fields := _stat(pid)))
    return ticks / _TICKS_PER_SECOND


def machine_cpu_seconds() -> float:
    """Return the processor time that processes, and other guests of the host, used since the machine started.

    Interrupts do not count: most of them are the network traffic that is being measured.
    """
    first = (_PROC / "stat").read_text().partition("\n")[0]
    user, nice, system, _idle, _iowait, _irq, _softirq, steal = map(int, first.split()[1:9])
    return (user + nice + system + steal) / _TICKS_PER_SECOND


def memory_mb(pids: list[int], *, peak: bool = False) -> float:
    """Return the resident memory of processes."""
    field = "VmHWM:" if peak else "VmRSS:"
    kilobytes = 0
    for pid in pids:
        try:
            lines = (_PROC / str(pid) / "status").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith(field))
    return round(kilobytes / 1024, 1)


def wait_quiet(cores_max: float, seconds_max: float, pid: int | None = None) -> bool:
    """Wait until the machine, or one process and its descendants, uses few processors; return whether it did."""
    end = time.monotonic() + seconds_max
    while True:
        before, started = _used(pid), time.monotonic()
        time.sleep(min(0.5, seconds_max))
        if _used(pid) - before <= cores_max * (time.monotonic() - started):
            return True
        if time.monotonic() >= end:
            return False


def _used(pid: int | None) -> float:
    return machine_cpu_seconds() if pid is None else cpu_seconds(family(pid))


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat from the state on; None when the process has ended."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
