"""Names of objects as names of files that a person can read, and back without loss.

A slash begins a folder, as in every tool that shows buckets as folders. What a file system would not take or would
take for something else is written as a percent sign and two hexadecimal digits (of UTF-8); a percent sign too. A
percent sign that no two digits follow says what cannot be a file's name:

    %e at the beginning and end    an empty part: "a//b" is a/%e/b, "a/" is a/%e
    %o at the end                  an object beside a folder of its name: "a" where there is "a/b"
"""

import re

from globaltables.buckets.interface import BucketError

#: Longest name of a file that every usual file system takes.
_NAME_BYTES_MAX = 255
_KEY_BYTES_MAX = 1_024
_EMPTY = "%e"
_BESIDE_FOLDER = "%o"
_ODD = re.compile(r'[%\x00-\x1f\x7f\\:*?"<>|]')
_ESCAPED = re.compile(r"(?:%[0-9A-F]{2})+")


def path_parts(key: str) -> list[str]:
    """Return the names of the folders and, last, of the file of an object.

    Raises:
        BucketError: the key is empty or longer than S3's, or a part of it is too long for a file's name.
    """
    if not 0 < len(key.encode()) <= _KEY_BYTES_MAX:
        raise BucketError("KeyTooLongError", "Your key is too long", 400)
    parts = [_file_name(part) for part in key.split("/")]
    if any(len(part.encode()) + len(_BESIDE_FOLDER) > _NAME_BYTES_MAX for part in parts):
        raise BucketError("KeyTooLongError", "A part of the key is too long for a file's name", 400)
    return parts


def beside_folder(name: str) -> str:
    """Return the name of an object's file when a folder has its usual one."""
    return name + _BESIDE_FOLDER


def key_part(name: str) -> str:
    """Return the part of a key that a file's or folder's name stands for."""
    name = name.removesuffix(_BESIDE_FOLDER)
    if name == _EMPTY:
        return ""
    return _ESCAPED.sub(lambda found: bytes.fromhex(found[0].replace("%", "")).decode(), name)


def _file_name(part: str) -> str:
    if not part:
        return _EMPTY
    name = _ODD.sub(lambda found: f"%{ord(found[0]):02X}", part)
    # "." and ".." are no names, and names that begin with a point are not shown.
    if name.startswith("."):
        name = "%2E" + name[1:]
    # Some file systems drop what a name ends with.
    return f"{name[:-1]}%{ord(name[-1]):02X}" if name[-1] in ". " else name
