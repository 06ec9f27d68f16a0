"""The objects below a folder in the order of their keys, without looking where none of them can be."""

import os
from collections.abc import Iterator
from heapq import merge
from operator import itemgetter
from pathlib import Path

from globaltables.buckets.interface import BucketError
from globaltables.buckets.object_names import file_key, folder_key, is_continued

#: Key in UTF-8, key, and its file.
Found = tuple[bytes, str, os.DirEntry[str]]
#: Behind a prefix: greater than every key that begins with it, because no byte of UTF-8 is so large.
AFTER_ALL = b"\xff"


def walk(folder: Path, prefix: str, after: bytes) -> Iterator[Found]:
    """Iterate over objects in the order of their keys.

    Args:
        folder: of the bucket.
        prefix: of the keys that are wanted.
        after: in UTF-8; what is not wanted up to here, the key itself included.

    Raises:
        BucketError: a folder cannot be read.
    """
    return _walk(folder, "", prefix, after)


def _walk(folder: str | Path, path: str, prefix: str, after: bytes) -> Iterator[Found]:
    """Iterate over the objects of one folder, whose keys begin with a path."""
    found: list[Found] = []
    continued: list[Found] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue  # not an object's: see object_names.py
                is_folder = entry.is_dir()
                try:
                    key = path + (folder_key if is_folder else file_key)(entry.name)
                except UnicodeError:
                    continue  # as above
                target = continued if is_folder and is_continued(entry.name) else found
                target.append((key.encode(), key, entry))
    except FileNotFoundError:
        return  # the last object in it was deleted meanwhile
    except OSError as error:
        raise BucketError("InternalError", f"cannot list {folder}: {error}", 500) from error
    found.sort(key=itemgetter(0))
    walked = _through(found, prefix, after)
    if continued:
        # What is in such a folder comes between its neighbours.
        walked = merge(walked, *(_through([one], prefix, after) for one in continued))
    yield from walked


def _through(found: list[Found], prefix: str, after: bytes) -> Iterator[Found]:
    """Iterate over sorted entries and what is in the folders among them."""
    for raw, key, entry in found:
        if entry.is_dir():
            wanted = key.startswith(prefix) or prefix.startswith(key)
            if wanted and (raw >= after or after.startswith(raw)) and after != raw + AFTER_ALL:
                yield from _walk(entry.path, key, prefix, after)
        elif raw > after and key.startswith(prefix):
            yield raw, key, entry
