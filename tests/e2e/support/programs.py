"""Programs run as a user would: `sk` itself, and clients that nobody here wrote."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.support.hosts import NamedHosts


@dataclass(frozen=True)
class Result:
    """How a program ended and what it said."""

    command: str
    exit_code: int
    stdout: str
    stderr: str

    def ok(self) -> str:
        """The standard output; fails the test if the program failed."""
        assert self.exit_code == 0, f"{self.command}: exit code {self.exit_code}\n{self.stdout}{self.stderr}"
        return self.stdout

    def refused(self) -> str:
        """The standard error of a program that was right to fail; fails the test if it did not."""
        assert self.exit_code != 0, f"{self.command} succeeded:\n{self.stdout}"
        return self.stderr


@dataclass(frozen=True)
class Runner:
    """Runs a program with a private home, the tests' names and nothing of the caller's environment but PATH."""

    program: Path
    hosts: NamedHosts
    home: Path
    environment: Mapping[str, str]

    def __call__(
        self, *arguments: str | Path, env: Mapping[str, str] | None = None, stdin: str = "", timeout: float = 300
    ) -> Result:
        """Run it to its end, at most `timeout` seconds; `env` comes on top of the runner's environment."""
        command = self.hosts.wrap([self.program, *arguments])
        done = subprocess.run(
            command, env=self._environment(env), cwd=self.home, input=stdin, timeout=timeout,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        shown = " ".join([self.program.name, *map(str, arguments)])
        return Result(shown, done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start it and return at once; its output (both streams) is in `stdout`. The caller ends it."""
        return subprocess.Popen(
            self.hosts.wrap([self.program, *arguments]), env=self._environment(env), cwd=self.home, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def _environment(self, extra: Mapping[str, str] | None) -> dict[str, str]:
        own = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8"}
        return {**own, **self.environment, **(extra or {})}


@dataclass(frozen=True)
class Crane(Runner):
    """The client `crane` with a login file of its own."""

    def login(self, host: str, user: str, password: str) -> Result:
        """Remember user and password for a registry (HOST or HOST:PORT)."""
        return self("auth", "login", host, "-u", user, "--password-stdin", stdin=password)

    def push_new(self, reference: str, content: Mapping[str, bytes], *options: str) -> str:
        """Push an image of one layer with those files; returns its digest (sha256:...)."""
        layer = _layer(self.home, content)
        self("append", "--oci-empty-base", "-f", layer, "-t", reference, *options).ok()
        return self("digest", reference, *options).ok().strip()


def _layer(folder: Path, content: Mapping[str, bytes]) -> Path:
    archive = folder / "layer.tar"
    with tarfile.open(archive, "w") as layer:
        for name, data in content.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            layer.addfile(entry, io.BytesIO(data))
    return archive
