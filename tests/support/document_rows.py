"""The documents' commands one by one, with the corrections that some need."""

import json
from pathlib import Path

import botocore

from docs.documents import Row, rows

_WAITERS = Path("cloudformation", "2010-05-15", "waiters-2.json")


def commands(file: str, **placeholders: str) -> list[str]:
    """Return the commands or snippets of a file, corrected, with the placeholders filled that are in them.

    Args:
        file: e.g. "003/create_key.sh".
        placeholders: what the document tells its reader to fill in.
    """
    texts = list(dict.fromkeys(row.corrected for row in of_file(file)))
    filled = []
    for text in texts:
        for placeholder, value in placeholders.items():
            text = text.replace(placeholder, value)
        filled.append(text)
    assert all(any(name in row.text for row in of_file(file)) for name in placeholders), (
        placeholders
    )
    return filled


def command(file: str, **placeholders: str) -> str:
    """Return the only command of a file."""
    (text,) = commands(file, **placeholders)
    return text


def of_file(file: str) -> list[Row]:
    """Return the rows that have their text in a file."""
    found = [row for row in rows(file.partition("/")[0]) if row.file == file]
    assert found, file
    return found


def look_every_second(home: Path) -> None:
    """Let the AWS CLI of a home look at stacks every second; it looks every thirty seconds otherwise."""
    original = Path(botocore.__file__).parent / "data" / _WAITERS
    waiters = json.loads(original.read_text(encoding="utf-8"))
    for waiter in waiters["waiters"].values():
        waiter.update(delay=1, maxAttempts=60)
    target = home / ".aws" / "models" / _WAITERS
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(waiters), encoding="utf-8")
