"""The maintenance program as it is run over a registry's API, and images to run it on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from solakube_registry.oci import Image, RegistryClient, image, layer
from solakube_registry.oci.content import CONFIG, MANIFEST, Content

from solakube_core.model import Address


@dataclass(frozen=True)
class Regtool:
    """The program on one registry.

    Attributes:
        place: `--url=...` or `--data=...`.
        environment: all of its environment.
    """

    place: str
    environment: Mapping[str, str]

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run it, whatever its exit code."""
        command = [sys.executable, "-m", "solakube_regtool", self.place, *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, input=stdin, env=dict(self.environment)
        )

    def records(self, *arguments: str, code: int | None = 0, stdin: str = "") -> list[dict[str, Any]]:
        """Run it; returns its records but for progress and notes. None stands for any exit code."""
        done = self.run("--json", *arguments, stdin=stdin)
        assert code in (None, done.returncode), done.stdout + done.stderr
        records = [json.loads(line) for line in done.stdout.splitlines()]
        return [record for record in records if record["type"] not in ("progress", "note")]

    def lines(self, *arguments: str) -> list[str]:
        """Run it; returns the lines of its output."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def refused(self, *arguments: str, stdin: str = "") -> str:
        """Run it; returns its error."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 1, done.stdout + done.stderr
        return done.stderr


def over_api(url: str, home: Path, **environment: str) -> Regtool:
    """Run it with a home of its own, so that the machine's own logins stay out."""
    return Regtool(f"--url={url}", {"HOME": str(home), **environment})


def over_data(data: Path) -> Regtool:
    """Run it beside the data."""
    return Regtool(f"--data={data}", {})


@contextmanager
def pushing(host: str) -> Iterator[RegistryClient]:
    """A client that pushes to a registry without a password."""
    with RegistryClient(Address(f"http://{host}"), None) as client:
        yield client


def small_image(*contents: str, created: str = "") -> Image:
    """Make an image with a layer for each text, equal for equal texts."""
    made = image([layer({"content": text.encode()}) for text in contents], "amd64")
    return _dated(made, created) if created else made


def _dated(made: Image, created: str) -> Image:
    config = Content(CONFIG, json.dumps({**json.loads(made.blobs[0].data), "created": created}).encode())
    document = {**json.loads(made.manifest.data), "config": config.descriptor()}
    return replace(made, manifest=Content(MANIFEST, json.dumps(document).encode()), blobs=(config, *made.blobs[1:]))
