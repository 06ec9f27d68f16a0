"""Where an object's file is below its bucket's folder, and how one gets there and goes away.

An object that has the name of a folder steps aside (see object_names.py), and stays aside when the folder goes.
"""

import os
from pathlib import Path

from globaltables.buckets.object_names import beside_folder


def file_of(folder: Path, parts: list[str]) -> Path:
    """Return where an object is, or would be if nothing were in its way."""
    path = folder.joinpath(*parts)
    aside = path.with_name(beside_folder(path.name))
    return aside if aside.exists() or path.is_dir() else path


def place(file: Path, folder: Path, parts: list[str], *, sync: bool) -> Path:
    """Give a complete file the name of its object, in the place of one that has it, and return where it is then.

    Args:
        file: on the same file system.
        folder: of the bucket.
        parts: of the object's name.
        sync: whether the names have to survive a loss of power.

    Raises:
        OSError: the file system refused.
    """
    parent = _make_folders(folder, parts[:-1], sync=sync)
    target = file_of(parent, parts[-1:])
    file.replace(target)
    if sync:
        sync_folder(parent)
    return target


def remove(file: Path, folder: Path, *, sync: bool) -> bool:
    """Delete an object's file, and the folders that were there for it alone; tell whether there was one.

    Raises:
        OSError: the file system refused.
    """
    try:
        file.unlink()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return False
    for parent in file.parents:
        if parent == folder:
            break
        try:
            parent.rmdir()
        except OSError:  # something else is in it
            break
    if sync:
        sync_folder(next(parent for parent in file.parents if parent.is_dir()))
    return True


def sync_folder(folder: Path) -> None:
    """Make durable what a folder lists."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _make_folders(folder: Path, parts: list[str], *, sync: bool) -> Path:
    """Make the folders of an object; an object that has the name of one steps aside."""
    for part in parts:
        path = folder / part
        if not path.is_dir():
            if path.exists():
                path.replace(folder / beside_folder(part))
            path.mkdir(exist_ok=True)
            if sync:
                sync_folder(folder)
        folder = path
    return folder
