"""How much memory a process has, as Linux tells; elsewhere nothing is known, and nothing is limited."""

from pathlib import Path

_PROC = Path("/proc")
_MIB = 1024 * 1024
_KIB = 1024


def resident_bytes(pid: int) -> int:
    """Return what a process and those that it has started have in memory now; 0 when that is not known."""
    total = 0
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        try:
            status = (_PROC / str(one) / "status").read_bytes()
            children = (_PROC / str(one) / "task" / str(one) / "children").read_bytes()
        except OSError:
            continue
        total += _kibibytes(status, b"VmRSS:") * _KIB
        waiting.extend(int(child) for child in children.split())
    return total


def peak_mb(pid: int) -> int:
    """Return the most that a process has had in memory, in MB; 0 when that is not known."""
    try:
        status = (_PROC / str(pid) / "status").read_bytes()
    except OSError:
        return 0
    return -(-_kibibytes(status, b"VmHWM:") * _KIB // _MIB)


def _kibibytes(status: bytes, name: bytes) -> int:
    _, found, rest = status.partition(name)
    return int(rest.split(maxsplit=1)[0]) if found else 0
