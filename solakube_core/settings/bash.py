"""Variables files are bash: they are sourced by bash, once, in one child that reports what they set."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from solakube_core.errors import SolakubeError
from solakube_core.settings.origin import Origin

_SCRIPT = Path(__file__).with_name("report.sh")
_OWN = frozenset({"_", "SHLVL", "PWD", "OLDPWD"})


@dataclass
class Report:
    """What the files left behind.

    Attributes:
        values: every exported variable.
        origins: for those that a file set, which file and line.
    """

    values: dict[str, str] = field(default_factory=dict, repr=False)
    origins: dict[str, Origin] = field(default_factory=dict)


def source(phases: Sequence[Sequence[Path]], environ: Mapping[str, str]) -> Report:
    """Source the files of each phase in order.

    Args:
        phases: the files of each phase.
        environ: the environment they start with.

    Raises:
        SolakubeError: there is no bash, a file has a syntax error, or a file ended the shell.
    """
    bash = shutil.which("bash")
    if bash is None:
        first = next(file for files in phases for file in files)
        raise SolakubeError(
            f"{first} can't be read", "variables files are bash, and there is no bash here", "install bash"
        )
    records = [record for files in phases for record in (*(str(file) for file in files), "phase")]
    return _Reader(bash).read(_run(bash, records, environ))


def _run(bash: str, records: list[str], environ: Mapping[str, str]) -> list[str]:
    """Run the script; the list of files goes in and the report comes out by temporary files.

    Standard output of the files goes to standard error: what they print must not be taken for a result.
    """
    with tempfile.TemporaryFile() as listing, tempfile.TemporaryFile() as report:
        listing.write(b"".join(os.fsencode(record) + b"\0" for record in records))
        listing.seek(0)
        script = f'exec 3>&{report.fileno()} 4<&{listing.fileno()}; source "$1"'
        subprocess.run(
            [bash, "--noprofile", "--norc", "-c", script, "sk", str(_SCRIPT)],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=2,
            pass_fds=(listing.fileno(), report.fileno()),
            check=False,
        )
        report.seek(0)
        return [os.fsdecode(part) for part in report.read().split(b"\0")[:-1]]


class _Reader:
    """Follows the report: after each file, what differs from before was set by it."""

    def __init__(self, bash: str) -> None:
        self._bash = bash
        self._report = Report()
        self._lines: dict[str, int] = {}
        self._file: Path | None = None
        self._ended = False

    def read(self, records: list[str]) -> Report:
        parts = iter(records)
        for kind in parts:
            match kind:
                case "file":
                    self._on_file(Path(next(parts)), int(next(parts)))
                case "line":
                    name = next(parts)
                    self._lines[name] = int(next(parts))
                case "value":
                    self._on_value(next(parts), next(parts))
                case "end":
                    self._ended = True
        if not self._ended:
            raise SolakubeError(
                "a variables file ended the shell",
                f"the last one that was read to its end is {self._file}" if self._file else "it is the first one",
                "a variables file must not call exit",
            )
        return self._report

    def _on_file(self, file: Path, status: int) -> None:
        self._file = file
        if status:
            _check_syntax(self._bash, file)

    def _on_value(self, name: str, value: str) -> None:
        if name in _OWN:
            return
        if self._file is not None and self._report.values.get(name) != value:
            self._report.origins[name] = Origin("file", self._file, self._lines.get(name, 0))
        self._report.values[name] = value


def _check_syntax(bash: str, file: Path) -> None:
    """Tell a syntax error from a last command that merely returned false, as `[ ... ] && ...` may."""
    check = subprocess.run([bash, "-n", str(file)], capture_output=True, text=True, check=False)
    if check.returncode:
        raise SolakubeError(f"{file} has a syntax error", check.stderr.strip(), "mend the file; it is bash")
