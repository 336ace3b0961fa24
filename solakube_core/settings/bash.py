"""Variables files are bash: they are sourced by bash, once, in one child that reports what they set."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from solakube_core.errors import SolakubeError
from solakube_core.settings.report import Report, read_report, unending

LIMIT = 60.0
"""Seconds that the variables files may take."""

_LOOK = 1.0
"""Seconds between two looks at a run that has not ended."""

_LARGEST_REPORT = 64 * 1024 * 1024
_SCRIPT = Path(__file__).with_name("report.sh")

# Variables files are known to use the low descriptors themselves, as in `exec 3>&1`.
_FIRST_DESCRIPTOR = 100


def source(
    context_files: Sequence[Path], files: Sequence[Path], environ: Mapping[str, str], cluster: str, cluster_type: str
) -> Report:
    """Source variables files in order.

    What they print goes to standard error, so that it is not taken for a result.

    Args:
        context_files: those of the first phase, which may set SK_CLUSTER_TYPE.
        files: those of the later phases.
        environ: the environment they start with; no secret leaves it for a command line.
        cluster: what SK_CLUSTER is to them where it is not set.
        cluster_type: what SK_CLUSTER_TYPE is to the later files where it is not set.

    Raises:
        SolakubeError: there is no bash, or a file has a syntax error, has a command that fails, or ends the shell.
    """
    bash = shutil.which("bash", path=environ.get("PATH", os.defpath))
    if bash is None:
        first = [*context_files, *files][0]
        raise SolakubeError(
            f"{first} can't be read",
            "variables files are bash, and there is no bash on PATH",
            "install bash, or remove the file and set its variables in the environment",
        )
    with tempfile.TemporaryFile() as report, _high_descriptor(report.fileno()) as descriptor:
        arguments = [str(descriptor), cluster, cluster_type, *map(str, context_files), "--", *map(str, files)]
        # Privileged mode reads neither BASH_ENV nor functions and options from the environment.
        ended = _run([bash, "-p", str(_SCRIPT), *arguments], environ, descriptor)
        report.seek(0)
        fields = [os.fsdecode(field) for field in report.read().split(b"\0")[:-1]]
    if not ended:
        raise unending(fields, LIMIT)
    return read_report(fields, environ)


def _run(command: Sequence[str], environ: Mapping[str, str], descriptor: int) -> bool:
    """Run bash; tell whether it came to its end in time."""
    over, too_long = threading.Event(), threading.Event()

    def watch() -> None:
        end = time.monotonic() + LIMIT
        while not over.wait(_LOOK):
            # A loop reports each of its commands.
            if time.monotonic() > end or os.fstat(descriptor).st_size > _LARGEST_REPORT:
                too_long.set()
                process.kill()
                return

    with subprocess.Popen(
        command, env=dict(environ), stdin=subprocess.DEVNULL, stdout=2, pass_fds=(descriptor,)
    ) as process:
        watching = threading.Thread(target=watch, daemon=True)
        # From the first moment on, or who gives up while the thread starts leaves bash behind.
        try:
            watching.start()
            process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            over.set()
            if watching.ident is not None:
                watching.join()
    return not too_long.is_set()


@contextmanager
def _high_descriptor(descriptor: int) -> Iterator[int]:
    duplicate = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_DESCRIPTOR)
    try:
        yield duplicate
    finally:
        os.close(duplicate)
