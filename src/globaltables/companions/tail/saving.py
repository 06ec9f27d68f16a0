"""The state of moto's services in files: one for each service, account and region, replaced as a whole.

The files belong to the version of moto that wrote them, and are as trusted as the rest of the data folder: reading one
runs what is in it.
"""

import _thread
import io
import os
import pickle
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cloudpickle  # type: ignore[import-untyped]

_SUFFIX = ".pickle"


def save(folder: Path, account: str, region: str, state: object) -> None:
    """Write the state of a service in a region.

    Args:
        folder: of the service.
        account: whose state it is.
        region: where.
        state: moto's backend.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    packed = io.BytesIO()
    _Pickler(packed).dump(state)
    file = folder / f"{account}_{region}{_SUFFIX}"
    unfinished = file.with_suffix(".unfinished")
    with unfinished.open("wb") as stream:
        stream.write(packed.getbuffer())
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(file)


def saved(folder: Path) -> list[tuple[str, str, Any]]:
    """Return account, region and state of everything that was saved of a service."""
    found = []
    for file in sorted(folder.glob(f"*{_SUFFIX}")):
        account, _, region = file.stem.partition("_")
        found.append((account, region, pickle.loads(file.read_bytes())))  # noqa: S301 - see the module
    return found


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Knows beside what cloudpickle does: locks, which are new in the copy, and dictionaries with own constructors."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, _thread.RLock):
            return threading.RLock, ()
        if isinstance(obj, _thread.LockType):
            return threading.Lock, ()
        if isinstance(obj, defaultdict) and type(obj) is not defaultdict:
            return _rebuilt, (type(obj), obj.default_factory, obj.__dict__, dict(obj))
        return super().reducer_override(obj)


def _rebuilt(
    kind: type[defaultdict[Any, Any]],
    factory: Callable[[], Any] | None,
    attributes: Mapping[str, Any],
    items: Mapping[Any, Any],
) -> defaultdict[Any, Any]:
    """Return a dictionary whose constructor takes something of its own, without calling that."""
    made: defaultdict[Any, Any] = kind.__new__(kind)
    defaultdict.__init__(made, factory)
    made.__dict__.update(attributes)
    made.update(items)
    return made
