"""Names of objects as names of files that a person can read, and back without loss.

A slash begins a folder, as in every tool that shows buckets as folders. What a file system would not take or would
take for something else is written as a percent sign and two hexadecimal digits (of UTF-8); a percent sign too. A
percent sign that no two digits follow says what cannot be a file's name:

    %e at the beginning and end    an empty part: "a//b" is a/%e/b, "a/" is a/%e
    %o at the end                  an object beside a folder of its name: "a" where there is "a/b"
    %c at the end of a folder's    a part that is too long for one name, and goes on in that folder
"""

import re

from globaltables.buckets.interface import BucketError

#: Longest name of a file that every usual file system takes.
_NAME_BYTES_MAX = 255
_KEY_BYTES_MAX = 1_024
_EMPTY = "%e"
_BESIDE_FOLDER = "%o"
_CONTINUED = "%c"
_PIECE_BYTES_MAX = _NAME_BYTES_MAX - len(_BESIDE_FOLDER)
_ODD = re.compile(r'[%\x00-\x1f\x7f\\:*?"<>|]')
_ESCAPED = re.compile(r"(?:%[0-9A-F]{2})+")
#: What is never taken apart: an escaped character, or one that needs no escape.
_CHARACTER = re.compile(r"%[0-9A-F]{2}|[^%]", re.DOTALL)


def path_parts(key: str) -> list[str]:
    """Return the names of the folders and, last, of the file of an object.

    Raises:
        BucketError: the key is empty or longer than S3's.
    """
    if not 0 < len(key.encode()) <= _KEY_BYTES_MAX:
        raise BucketError("KeyTooLongError", "Your key is too long", 400)
    names: list[str] = []
    for part in key.split("/"):
        name = _file_name(part)
        if len(name) * 4 > _PIECE_BYTES_MAX and len(name.encode()) > _PIECE_BYTES_MAX:
            names += _pieces(part)
        else:
            names.append(name)
    return names


def beside_folder(name: str) -> str:
    """Return the name of an object's file when a folder has its usual one."""
    return name + _BESIDE_FOLDER


def file_key(name: str) -> str:
    """Return the end of a key that a file's name stands for.

    Raises:
        UnicodeError: it is the name of no object.
    """
    return _unescaped(name.removesuffix(_BESIDE_FOLDER))


def folder_key(name: str) -> str:
    """Return the part of a key that a folder's name stands for, with the slash behind it if there is one.

    Raises:
        UnicodeError: there are no objects in a folder of this name.
    """
    if name.endswith(_CONTINUED):
        return _unescaped(name.removesuffix(_CONTINUED))
    return _unescaped(name) + "/"


def is_continued(name: str) -> bool:
    """Tell whether the names in a folder go on with its own."""
    return name.endswith(_CONTINUED)


def _unescaped(name: str) -> str:
    if name == _EMPTY:
        return ""
    text = _ESCAPED.sub(lambda found: bytes.fromhex(found[0].replace("%", "")).decode(), name)
    text.encode()  # raises for bytes that are no text, which Python reads as lone surrogates
    return text


def _pieces(part: str) -> list[str]:
    """Return the names of a part that is too long: folders, and at the end the file."""
    pieces: list[str] = [""]
    size = 0
    for character in _CHARACTER.findall(_ODD.sub(_escape, part)):
        size += len(character.encode())
        if size > _PIECE_BYTES_MAX - 6:  # room for an escaped point at both ends
            pieces.append("")
            size = len(character.encode())
        pieces[-1] += character
    *folders, last = [_without_edges(piece) for piece in pieces]
    return [*(folder + _CONTINUED for folder in folders), last]


def _file_name(part: str) -> str:
    return _without_edges(_ODD.sub(_escape, part)) if part else _EMPTY


def _escape(found: re.Match[str]) -> str:
    return f"%{ord(found[0]):02X}"


def _without_edges(name: str) -> str:
    """Return a name whose first and last characters are what every file system keeps and shows."""
    # "." and ".." are no names, and names that begin with a point are not shown.
    if name.startswith("."):
        name = "%2E" + name[1:]
    # Some file systems drop what a name ends with.
    return f"{name[:-1]}%{ord(name[-1]):02X}" if name[-1] in ". " else name
