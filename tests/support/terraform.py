"""Terraform with AWS's provider, found where it is: the network is asked for neither."""

import functools
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.documents import Reader

COMMAND_SECONDS_MAX = 240
_PROVIDER = "registry.terraform.io/hashicorp/aws"
#: Where mirrors of providers are kept, by Terraform's documentation and by custom.
_MIRROR_ROOTS = ("/opt", "/usr/local/share/terraform", "/usr/share/terraform", "/var/lib/terraform")
_DEPTH_MAX = 3


def missing() -> str:
    """Return why Terraform cannot be run here; empty when it can."""
    if shutil.which("terraform") is None:
        return "there is no terraform on the PATH"
    if mirror() is None:
        return "there is no mirror with the AWS provider (TF_PLUGIN_DIR names one)"
    return ""


@functools.cache
def mirror() -> Path | None:
    """Return a folder with providers as Terraform's filesystem mirrors have them, which has version 5 of AWS's."""
    named = os.environ.get("TF_PLUGIN_DIR")
    roots = [named] if named else [*_MIRROR_ROOTS, str(Path.home() / ".terraform.d")]
    for root in roots:
        for folder in _folders(Path(root), _DEPTH_MAX):
            if any((folder / _PROVIDER).glob("5.*")) or any(
                (folder / _PROVIDER).glob("terraform-provider-aws_5.*")
            ):
                return folder
    return None


def _folders(root: Path, depth: int) -> list[Path]:
    """Return a folder and what is in it, at most so deep."""
    found = [root]
    if depth == 0:
        return found
    try:
        inner = [entry for entry in root.iterdir() if entry.is_dir() and not entry.is_symlink()]
    except OSError:
        return found
    return found + [each for entry in sorted(inner) for each in _folders(entry, depth - 1)]


@dataclass(frozen=True)
class Terraform:
    """Runs Terraform in a folder, against the endpoint of a reader.

    Attributes:
        reader: who has the endpoint and the keys.
        folder: with the configuration; it is written to.
    """

    reader: Reader
    folder: Path

    def init(self, *arguments: str) -> None:
        """Install the provider from the mirror."""
        self.run("init", "-input=false", *arguments)

    def run(self, *arguments: str, expected: tuple[int, ...] = (0,)) -> str:
        """Run a command and return what it printed.

        Args:
            arguments: after `terraform`.
            expected: exit codes that are right.
        """
        ended = self.finish(self.start(*arguments))
        assert ended[0] in expected, f"terraform {arguments}: {ended[0]}\n{ended[1][-6000:]}"
        return ended[1]

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command."""
        configuration = self.folder.parent / f"{self.folder.name}.terraformrc"
        configuration.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror()}"\n  }}\n}}\n',
            encoding="utf-8",
        )
        environment = {
            **self.reader.environment(),
            "TF_CLI_CONFIG_FILE": str(configuration),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
        }
        environment.pop("TF_PLUGIN_CACHE_DIR", None)
        return subprocess.Popen(
            ["terraform", *arguments, "-no-color"],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @staticmethod
    def finish(process: "subprocess.Popen[str]") -> tuple[int, str]:
        """Wait for a command and return its exit code and what it printed."""
        try:
            printed, _ = process.communicate(timeout=COMMAND_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            printed, _ = process.communicate()
            return -1, printed
        return process.returncode, printed

    def apply(self, *arguments: str) -> str:
        """Make everything as it is configured."""
        return self.run("apply", "-auto-approve", "-input=false", *arguments)

    def destroy(self, *arguments: str) -> str:
        """Remove everything."""
        return self.run("destroy", "-auto-approve", "-input=false", *arguments)

    def changes(self, *arguments: str) -> list[str]:
        """Return what a plan would do, as "action address" lines; none when everything is as it is configured."""
        self.run("plan", "-input=false", "-out=now.plan", *arguments)
        plan = json.loads(self.run("show", "-json", "now.plan").strip().splitlines()[-1])
        return [
            f"{'+'.join(change['change']['actions'])} {change['address']}"
            for change in plan.get("resource_changes", [])
            if change["change"]["actions"] not in (["no-op"], ["read"])
        ]

    def outputs(self) -> dict[str, Any]:
        """Return the outputs by name."""
        read = json.loads(self.run("output", "-json"))
        return {name: one["value"] for name, one in read.items()}
