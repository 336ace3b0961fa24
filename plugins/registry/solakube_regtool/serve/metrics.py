"""The last runs in figures, in Prometheus' text format 0.0.4.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from solakube_regtool.serve.certificate import not_after
from solakube_regtool.storage.last_run import Run, recall
from solakube_regtool.storage.tree import Tree

if TYPE_CHECKING:
    from solakube_regtool.storage.bucket_files import BucketFiles

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_ASKED_EVERY = 600.0
"""Seconds."""

_RUNS = "solakube_maintenance_last_"

# By command and figure (see Report and prune): the metric's name, and what it means.
_FIGURES = {
    "garbage-collect": {
        "freed_bytes": ("freed_bytes", "Size of the blobs that the last collection freed."),
        "blobs": ("blobs", "Blobs that it freed, manifests included."),
        "manifests": ("manifests", "Manifests among them."),
        "uploads": ("uploads", "Abandoned uploads that it removed."),
        "upload_bytes": ("upload_bytes", "Size of these uploads."),
        "attachments": ("attachments", "Signatures and the like that it removed with their image."),
        "in_use": ("in_use_blobs", "Unreached blobs that came into use meanwhile and stayed."),
        "postponed": ("postponed_blobs", "Unreached blobs that it left to a later run: they were used lately."),
        "recovered": ("recovered_blobs", "Blobs that it put back first: a killed run had moved them."),
        "pushes": ("accepted_pushes", "Manifests that the registry accepted meanwhile."),
        "pulls": ("served_pulls", "Manifests that the registry sent meanwhile."),
        "refused": ("refused_pushes", "Manifests that the registry refused meanwhile, whatever the reason."),
        "oddities": ("odd_entries", "Entries that it could not understand and left alone."),
    },
    "prune": {
        "deleted_tags": ("deleted_tags", "Tags that the last pruning deleted."),
        "held_tags": ("held_tags", "Tags that it kept since the cluster holds their images."),
    },
    "backup": {
        "tags": ("tags", "Tags that the last backup holds."),
        "copied_bytes": ("copied_bytes", "Size of the blobs that it copied, since they were not there yet."),
    },
    "backup-check": {
        "damaged_tags": ("damaged_tags", "Tags that were not whole in the backup that was checked last."),
    },
    "check": {
        "images": ("images", "Images of this registry that the cluster named at the last check."),
        "damaged_images": ("damaged_images", "Those of them that were not whole."),
    },
}


def render(runs: Iterable[Run]) -> str:
    """Write the last run of each command down."""
    found = list(runs)
    return "".join(f"{line}\n" for line in (*_about_runs(found), *_about_results(found)))


def of_folder(data: str) -> str:
    """Write down what maintenance did in a data folder, and how much space there is.

    Raises:
        RegtoolError: what was remembered cannot be read.
    """
    return render(recall(Tree(data))) + volume(data)


class OfBucket:
    """What maintenance did in a bucket; asked for that at most every ten minutes, since each request costs.

    Args:
        opened: opens it.
    """

    def __init__(self, opened: Callable[[], BucketFiles]) -> None:
        self._opened, self._lock = opened, threading.Lock()
        self._page, self._until = "", 0.0

    def __call__(self) -> str:
        """Write it down.

        Raises:
            RegtoolError: the bucket failed, or what was remembered cannot be read.
        """
        with self._lock:
            if time.monotonic() >= self._until:
                place = self._opened()
                with contextlib.closing(place.bucket):
                    self._page = render(recall(Tree(place.data, place)))
                self._until = time.monotonic() + _ASKED_EVERY
            return self._page


def volume(data: str) -> str:
    """Write down how much space there is for images; nothing where that cannot be told."""
    try:
        disk = os.statvfs(data)
    except OSError:
        return ""
    size, free = disk.f_blocks * disk.f_frsize, disk.f_bavail * disk.f_frsize
    lines = [
        *_one("solakube_data_size_bytes", "Size of the volume of the images.", size),
        *_one("solakube_data_free_bytes", "Space on it that the registry may still take.", free),
    ]
    return "".join(f"{line}\n" for line in lines)


def certificate(file: str) -> str:
    """Write down when the certificate in a file ends; nothing where there is none to be read."""
    try:
        with open(file, encoding="utf-8") as opened:
            moment = not_after(opened.read())
    except (OSError, ValueError):
        return ""
    meaning = "When the certificate that clients are shown ends, in seconds since 1970."
    return "".join(f"{line}\n" for line in _one("solakube_certificate_not_after_seconds", meaning, moment))


def _about_runs(runs: list[Run]) -> Iterator[str]:
    for name, meaning, figures in (
        ("run_timestamp_seconds", "When the last run ended, in seconds since 1970.", [run.finished for run in runs]),
        ("run_duration_seconds", "How long it took.", [run.seconds for run in runs]),
        ("run_success", "Whether it did what it should: 1 or 0.", [int(run.success) for run in runs]),
        ("success_timestamp_seconds", "When the last run that did ended.", [run.succeeded for run in runs]),
    ):
        samples = [
            f'{_RUNS}{name}{{command="{run.command}"}} {figure!r}'
            for run, figure in zip(runs, figures)
            if figure is not None
        ]
        yield from _family(f"{_RUNS}{name}", meaning, samples)


def _about_results(runs: list[Run]) -> Iterator[str]:
    for run in runs:
        for figure, (name, meaning) in _FIGURES.get(run.command, {}).items():
            full = f"solakube_{run.command.replace('-', '_')}_{name}"
            yield from _one(full, meaning, run.figures.get(figure))


def _one(name: str, meaning: str, value: object) -> Iterator[str]:
    return _family(name, meaning, [] if value is None else [f"{name} {value!r}"])


def _family(name: str, meaning: str, samples: list[str]) -> Iterator[str]:
    if samples:
        yield f"# HELP {name} {meaning}"
        yield f"# TYPE {name} gauge"
        yield from samples
