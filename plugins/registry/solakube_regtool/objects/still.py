"""Waiting until every registry has ended what it had begun, as by its metrics."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Set

from solakube_regtool.collect.activity import Activity, Process
from solakube_regtool.collect.barrier import Clock
from solakube_regtool.collect.steps import Step

POLL = 0.02
"""Seconds between two looks at the registries."""

PATIENCE = 60.0
"""Seconds that are waited for manifests under way; one that takes longer has all put back."""

_UPLOADS = 2.0
"""Seconds that are waited for all other requests. What of them looks at a blob and links it is over sooner."""

_UNDER_WAY = re.compile(r'^registry_http_in_flight_requests\{[^}]*handler="manifest"[^}]*\} (\S+)$', re.MULTILINE)
_STARTED = re.compile(r"^process_start_time_seconds (\S+)$", re.MULTILINE)


class Registries:
    """All registries that share a bucket.

    Args:
        activity: their metrics.
        clock: measures how long is waited.
        known: those of which `activity` has the metrics, and whatever else was there when it was made.
        present: tells which are there.
    """

    def __init__(self, activity: Activity, clock: Clock, known: Set[str], present: Callable[[], Set[str]]) -> None:
        self._processes, self._clock, self._known, self._present = activity.processes, clock, known, present
        self._starts = {process: _start(process) for process in self._processes}

    @property
    def are_known(self) -> bool:
        """Each tells what it does; there is one at least."""
        return bool(self._starts) and None not in self._starts.values()

    def settle(self) -> Generator[Step, None, bool]:
        """Wait until each was seen without a manifest under way, at one moment or at several.

        What had looked at a blob or link before is over then, as far as a tag may come of it. A registry says that it
        is there before it starts: one that is not there yet looks at them after this.

        Returns:
            False if that cannot be told: one does not answer, was started anew, has come since or is never without.
        """
        if not self.are_known or self._has_come():
            return False
        begun = self._clock.monotonic()
        waiting = set(self._processes)
        busy = set(self._processes)
        while True:
            for process in list(busy):
                page = process.page()
                if page is None:
                    continue
                if _started(page) != self._starts[process]:
                    return False
                if all(float(count) == 0 for count in _UNDER_WAY.findall(page)):
                    waiting.discard(process)
                    if process not in waiting and _is_idle(process):
                        busy.discard(process)
            waited = self._clock.monotonic() - begun
            if not busy or (not waiting and waited > _UPLOADS):
                return True
            if waited > PATIENCE:
                return False
            yield Step("wait for the requests under way", POLL)

    def _has_come(self) -> bool:
        """Tell whether there is a registry of which it is not known what it does."""
        return not self._present() <= self._known


def _is_idle(process: Process) -> bool:
    count = process.count()
    return count is not None and not count.under_way


def _start(process: Process) -> str | None:
    page = process.page()
    return None if page is None else _started(page)


def _started(page: str) -> str | None:
    match = _STARTED.search(page)
    return match[1] if match else None
