"""What runs a function's code: the interpreter of its runtime with the client of the Runtime API.

Python handlers run under AWS's own client, `awslambdaric`. It has a compiled part, so the interpreter of a function is
the one of its runtime only where that has the client installed; otherwise it is the one that globaltables runs with.
The packages that AWS has beside every handler (boto3 and what it needs) come from the same installation, through a
folder of links that shows nothing else of it.
"""

import importlib.metadata
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from globaltables.foundation.errors import OperationalError
from globaltables.runtime import shifted_clock

_BOOTSTRAP = Path(__file__).with_name("bootstrap.cjs")
_SHIFTED_CLOCK = Path(shifted_clock.__file__)
_AHEAD = "GLOBALTABLES_CLOCK_AHEAD_MS"
#: Where a client is looked for, and what handlers may import without bringing it.
_DISTRIBUTIONS = ("awslambdaric", "boto3")
_CLIENT_THERE = "import awslambdaric, boto3, runtime_client"


@dataclass(frozen=True, slots=True)
class Launch:
    """How a runtime is started.

    Attributes:
        command: with the handler at its end where the client wants it there.
        variables: beside those that every function has.
        name: for the log: what really runs.
        has_own_clock: whether it has the machine's clock and no other one.
    """

    command: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]
    name: str
    has_own_clock: bool = False


def launch_of(
    runtime: str,
    handler: str,
    code: Path,
    layers: Path | None,
    packages: Path,
    own_python: str,
    ahead_ms: int = 0,
) -> Launch:
    """Return how a function is started.

    Args:
        runtime: AWS's name, e.g. "python3.12".
        handler: AWS's form, e.g. "index.handler".
        code: the unpacked code.
        layers: where the function's layers are unpacked, AWS's /opt; None without layers.
        packages: the folder that `link_packages` has made.
        own_python: the interpreter that has the client with its own packages; empty for the one of globaltables.
        ahead_ms: how far the region's clock is ahead of the machine's.

    Raises:
        OperationalError: nothing on this machine runs it; the text says what to install.
    """
    if runtime.startswith("python"):
        return _python(handler, code, layers, packages, own_python, ahead_ms)
    if runtime.startswith("nodejs"):
        node = shutil.which("node")
        if node is None:
            raise OperationalError(
                f"Node.js functions need `node` on the PATH of globaltables; {runtime} was asked for"
            )
        modules = [*([] if layers is None else [layers / "nodejs" / "node_modules"])]
        path = ":".join(map(str, [*modules, code / "node_modules"]))
        variables = (("NODE_PATH", path), *_ahead(ahead_ms))
        return Launch((node, str(_BOOTSTRAP)), variables, runtime)
    for folder in (code, layers):
        if folder is not None and (folder / "bootstrap").is_file():
            return Launch((str(folder / "bootstrap"),), (), runtime, has_own_clock=True)
    raise OperationalError(f"Couldn't find valid bootstrap(s): [{code / 'bootstrap'}]")


def _ahead(ahead_ms: int) -> tuple[tuple[str, str], ...]:
    return ((_AHEAD, str(ahead_ms)),) if ahead_ms else ()


def _python(
    handler: str,
    code: Path,
    layers: Path | None,
    packages: Path,
    own_python: str,
    ahead_ms: int,
) -> Launch:
    added = [str(code)]
    if layers is not None:
        added += [
            str(layers / "python"),
            *map(str, sorted(layers.glob("python/lib/*/site-packages"))),
        ]
    client: tuple[str, ...] = ("-m", "awslambdaric")
    if ahead_ms:
        client = ("-c", _SHIFTED_CLOCK.read_text())
    command: tuple[str, ...]
    if own_python:
        command = (own_python, *client, handler)
    else:
        if not (packages / "awslambdaric").exists():
            raise OperationalError(
                "Python functions need awslambdaric and boto3: pip install 'globaltables[companions]'"
            )
        added.append(str(packages))
        # Without -S the interpreter would show handlers everything that is installed beside globaltables.
        command = (sys.executable, "-S", *client, handler)
    major, minor = sys.version_info[:2]
    name = own_python or f"python{major}.{minor}"
    variables = (("PYTHONPATH", ":".join(added)), *_ahead(ahead_ms))
    return Launch(command, variables, Path(name).name)


def own_interpreter(runtime: str) -> str:
    """Return a runtime's own interpreter where it has the client installed, empty otherwise: blocking."""
    major, minor = sys.version_info[:2]
    if not runtime.startswith("python") or runtime == f"python{major}.{minor}":
        return ""
    found = shutil.which(runtime)
    if found is None:
        return ""
    asked = subprocess.run((found, "-c", _CLIENT_THERE), capture_output=True, check=False)  # noqa: S603 - no shell, and a name of AWS's list
    return "" if asked.returncode else found


def link_packages(folder: Path) -> None:
    """Fill a folder with links to what handlers may import: blocking.

    Args:
        folder: empty; stays empty when the client is not installed.
    """
    for name in sorted(_needed(_DISTRIBUTIONS)):
        for target in _top_level(name):
            link = folder / target.name
            if not link.exists():
                link.symlink_to(target)


def _needed(names: Sequence[str]) -> set[str]:
    """Return the distributions of these names and all that they need, as far as they are installed."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop().lower()
        if name in found:
            continue
        try:
            requires = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        found.add(name)
        waiting += [_name(one) for one in requires if "extra ==" not in one]
    return found


def _name(requirement: str) -> str:
    for position, sign in enumerate(requirement):
        if not (sign.isalnum() or sign in "-_."):
            return requirement[:position]
    return requirement


def _top_level(name: str) -> Iterator[Path]:
    """Return the modules and packages of a distribution."""
    distribution = importlib.metadata.distribution(name)
    root = Path(str(distribution.locate_file("")))
    tops = {file.parts[0] for file in distribution.files or () if file.parts}
    for top in sorted(tops - {"..", "__pycache__"}):
        if (root / top).exists():
            yield root / top
