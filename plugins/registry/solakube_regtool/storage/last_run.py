"""What the last maintenance of each kind did, remembered beside its data."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from solakube_regtool import wording
from solakube_regtool.errors import RegtoolError, failed
from solakube_regtool.output import Output
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.workspace import Workspace

_PREFIX, _SUFFIX = "last-run-", ".json"
_SUCCEEDED = "succeeded"


class Run(NamedTuple):
    """What a command did last.

    Attributes:
        command: its name.
        finished: when it ended, in seconds since 1970.
        seconds: that it took; None where nobody measured it.
        success: it did what it should.
        sentence: the result in words, or why it failed.
        figures: the result in numbers; of one that failed also `succeeded`, when the last one before it that did not
            ended, in seconds since 1970.
    """

    command: str
    finished: float
    seconds: float | None
    success: bool
    sentence: str
    figures: Mapping[str, float]

    @property
    def succeeded(self) -> float | None:
        """When it last did what it should, in seconds since 1970; None where that is not known."""
        return self.finished if self.success else self.figures.get(_SUCCEEDED)

    def __str__(self) -> str:
        moment = wording.moment(self.finished)
        if self.success:
            return f"{moment}: {self.command}: {self.sentence}"
        before = "" if self.succeeded is None else f" (it last succeeded {wording.moment(self.succeeded)})"
        return f"{moment}: {self.command} failed: {self.sentence}{before}"


class Noting:
    """The result of a run that is under way: to be filled in before it ends."""

    def __init__(self) -> None:
        self.sentence = ""
        self.success = True
        self.figures: Mapping[str, float] = {}


@contextlib.contextmanager
def noted(tree: Tree, command: str, out: Output) -> Iterator[Noting]:
    """Remember how what is done meanwhile ends, be it with an error.

    A volume that does not take the note, since it is full and nothing could be freed, undoes nothing: that is told.
    """
    noting, begun = Noting(), time.monotonic()
    try:
        yield noting
    except (RegtoolError, OSError) as error:
        with contextlib.suppress(RegtoolError):
            remember(tree, Run(command, time.time(), time.monotonic() - begun, False, str(error), {}))
        raise
    try:
        remember(
            tree, Run(command, time.time(), time.monotonic() - begun, noting.success, noting.sentence, noting.figures)
        )
    except RegtoolError as error:
        out.progress(str(error))


def remember(tree: Tree, done: Run) -> None:
    """Write down what was done just now.

    Raises:
        RegtoolError: the volume does not take it.
    """
    path = f"{Workspace(tree).path}/{_PREFIX}{done.command}{_SUFFIX}"
    succeeded = None if done.success else _succeeded_before(tree, done.command)
    if succeeded is not None:
        done = done._replace(figures={**done.figures, _SUCCEEDED: succeeded})
    try:
        tree.place.replace(path, json.dumps(done._asdict()).encode())
    except OSError as error:
        raise failed("the result of the run cannot be remembered", error) from error


def _succeeded_before(tree: Tree, command: str) -> float | None:
    # What cannot be read is written anew.
    with contextlib.suppress(RegtoolError):
        return next((last.succeeded for last in recall(tree) if last.command == command), None)
    return None


def recall(tree: Tree) -> list[Run]:
    """Return the last run of each command, the latest at the end.

    Raises:
        RegtoolError: what was remembered cannot be read.
    """
    folder = Workspace(tree).path
    try:
        names = [name for name in tree.place.names(folder) if name.startswith(_PREFIX) and name.endswith(_SUFFIX)]
        found = [Run(**json.loads(tree.place.read(f"{folder}/{name}"))) for name in names]
        return sorted(found, key=lambda last: last.finished)
    except (OSError, ValueError, TypeError) as error:
        raise RegtoolError("the result of the last run cannot be read", str(error)) from error
