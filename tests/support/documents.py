"""A person who follows a document: runs its snippets with an endpoint, keys and a region in the environment."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.server import clean_environment
from tests.support.sources import DOCUMENTS
from tests.support.target import ACCESS_KEY, REGION, SECRET_KEY

COMMAND_SECONDS_MAX = 120


def snippet(name: str, **placeholders: str) -> str:
    """Return a document's snippet with the placeholders filled that the document tells its reader to fill."""
    text = (DOCUMENTS / name).read_text(encoding="utf-8")
    for placeholder, value in placeholders.items():
        assert placeholder in text
        text = text.replace(placeholder, value)
    return text


def json_documents(text: str) -> list[dict[str, Any]]:
    """Return the JSON documents that commands printed one after the other."""
    decoder = json.JSONDecoder()
    found = []
    text = text.strip()
    while text:
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:].strip()
    return found


@dataclass(frozen=True)
class Reader:
    """Runs snippets against one endpoint.

    Attributes:
        endpoint: what `AWS_ENDPOINT_URL` says.
        home: a folder of its own, so that nobody's AWS configuration plays a part.
    """

    endpoint: str
    home: Path

    def environment(self) -> dict[str, str]:
        """Return the whole environment of a snippet."""
        return {
            **clean_environment(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "HOME": str(self.home),
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }

    def shell(self, commands: str) -> str:
        """Run shell commands, the first failure ending them, and return what they printed."""
        return self._run(["bash", "-euo", "pipefail", "-c", commands])

    def aws(self, commands: str) -> list[dict[str, Any]]:
        """Run AWS CLI commands and return the JSON documents that they printed."""
        return json_documents(self.shell(commands))

    def python(self, *parts: str) -> Any:
        """Run Python snippets one after the other in one module; the last prints JSON, which is returned."""
        printed = self._run([sys.executable, "-c", "\n".join(parts)])
        return json.loads(printed) if printed.strip() else None

    def node(self, folder: Path, *arguments: str) -> Any:
        """Run node in a folder with installed packages and return the JSON that it printed."""
        return json.loads(self._run(["node", *arguments], folder))

    def _run(self, command: list[str], folder: Path | None = None) -> str:
        done = subprocess.run(
            command,
            cwd=folder or self.home,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            check=False,
        )
        if done.returncode:
            raise SnippetError(done.returncode, done.stdout + done.stderr)
        return done.stdout


class SnippetError(Exception):
    """A snippet ended with another exit code than 0.

    Args:
        code: the exit code.
        output: all that it printed.
    """

    def __init__(self, code: int, output: str) -> None:
        super().__init__(f"exit code {code}:\n{output}")
        self.code = code
        self.output = output
