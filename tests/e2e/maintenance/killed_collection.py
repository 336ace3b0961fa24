"""A collection in a bucket, as a process that does something of its own when it gets to a step.

Its argument is JSON with `bucket` (its address), `metrics` (of all registries), `acts` (pairs of a step and what to do
there: "die", "die with guard" or a command; each waits for the one before) and `fault` ("hasty": it waits for no
request; "blind": nobody wants anything; "forgetful": it puts nothing back; "" for none). Nothing is too young to go.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from unittest.mock import patch

from solakube_regtool.collect.report import Options
from solakube_regtool.collect.steps import Step
from solakube_regtool.objects import collector
from solakube_regtool.objects.collector import ObjectCollector
from solakube_regtool.objects.journal import Journal
from solakube_regtool.objects.run import collect
from solakube_regtool.objects.still import Registries
from solakube_regtool.sources.bucket import open_bucket


def main(bucket: str, metrics: Sequence[str], acts: list[tuple[str, str | Sequence[str]]], fault: str) -> None:
    """Collect."""

    def progress(name: str, _done: int, _all: int) -> None:
        if acts and acts[0][0] == name:
            _act(acts.pop(0)[1])

    options = Options(grace=-3600, untagged_grace=-3600, uploads_older=-3600, metrics=tuple(metrics))
    # No server here takes longer to do what it was asked for.
    with patch.object(collector, "LATE", 0.2), _faulty(fault) if fault else nullcontext():
        collect(lambda: open_bucket(bucket).place, options, progress)


def _hurry(_: Registries) -> Generator[Step, None, bool]:
    yield Step("no wait")
    return True


def _blind(_: ObjectCollector, _ready: object, keys: set[bytes]) -> Generator[Step, None, set[bytes]]:
    yield Step("no look")
    return keys


def _faulty(fault: str) -> AbstractContextManager[object]:
    if fault == "hasty":
        return patch.object(Registries, "settle", _hurry)
    if fault == "blind":
        return patch.object(ObjectCollector, "_unwanted", _blind)
    return patch.object(Journal, "put_back", lambda *_: 0)


def _act(act: str | Sequence[str]) -> None:
    if not isinstance(act, str):
        subprocess.run(act, check=True, capture_output=True)
        return
    if act == "die with guard":
        own = os.getpid()
        for child in Path(f"/proc/{own}/task/{own}/children").read_text(encoding="ascii").split():
            os.kill(int(child), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
