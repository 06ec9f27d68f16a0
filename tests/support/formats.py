"""The cases of docs/formats: JSON blocks below headings, so that a document that lies fails a test."""

import json
import re
from pathlib import Path
from typing import Any

FORMATS = Path(__file__).parents[2] / "docs" / "formats"


def cases(document: str, heading: str) -> list[dict[str, Any]]:
    """Return the cases below a heading of a format's document."""
    text = (FORMATS / document).read_text(encoding="utf-8")
    _, found, section = text.partition(f"\n## {heading}\n")
    assert found, f"{document} has no heading {heading}"
    block = re.search(r"```json\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)
    assert block is not None, f"{document} has no cases below {heading}"
    parsed: list[dict[str, Any]] = json.loads(block.group(1))
    assert parsed
    return parsed
