"""Standard streams that no encoding, closed file or full device turns into a defect."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import Any

import click

from solakube_core.errors import SolakubeError


class _Remembering(io.FileIO):
    """A file that remembers why it could not be written, so that this is told from other errors."""

    failure = ""

    def write(self, content: Any, /) -> int:
        """Write; after a failure nothing more, or what is left in buffers would fail again when they are closed."""
        if self.failure:
            return len(content)
        try:
            return super().write(content)
        except OSError as error:
            self.failure = error.strerror or str(error)
            raise


def prepare() -> None:
    """Have a stream for each of the three, and let standard output take every text."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        # A file that is opened later must not take a closed stream's place.
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115, PTH123 - open until the end
    if sys.stdout is sys.__stdout__ and isinstance(sys.stdout, io.TextIOWrapper):
        file = io.BufferedWriter(_Remembering(sys.stdout.fileno(), "w", closefd=False))
        # Standard error takes every text by itself.
        sys.stdout = io.TextIOWrapper(file, sys.stdout.encoding, "backslashreplace", line_buffering=sys.stdout.isatty())


def echo_exactly(text: str) -> None:
    """Print what other programs read and what must not be altered.

    Raises:
        SolakubeError: the encoding of standard output has not all of its characters.
    """
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError as error:
        raise SolakubeError(
            f"the result cannot be written in the encoding {encoding}",
            f"it has not the character {error.object[error.start]!a}",
            "set PYTHONIOENCODING=utf-8",
        ) from None
    click.echo(text, nl=False)


def failure() -> str:
    """Tell why standard output did not take all that was printed; "" where it did."""
    file = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if not isinstance(file, _Remembering):
        return ""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    return file.failure
