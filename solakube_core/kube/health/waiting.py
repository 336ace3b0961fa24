"""Waiting until a plan's conditions hold, telling what goes on and why it does not."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from functools import partial

from solakube_core.engine import Progress
from solakube_core.errors import Problem, SolakubeError
from solakube_core.kube.client.api import Api, Object
from solakube_core.kube.client.outages import bridged
from solakube_core.kube.health.diagnosis import diagnose, with_log
from solakube_core.kube.health.observing import Observe, nobody, unobserved
from solakube_core.kube.health.readiness import missing
from solakube_core.model import Await, Cause, ObjectRef

_PAUSE = 0.25
_DIAGNOSIS_EVERY = 4
_REMEDY = "correct it and run the same command again: it picks up from here"

_SILENT = {
    "Deployment": "neither its pods nor its events tell a reason",
    "PersistentVolumeClaim": "its events tell no reason",
}
"""What was looked at in vain, by kind: of others nothing is but the object itself."""

_NOTHING = "the cluster tells no reason"

Pending = dict[Await, str]
"""Conditions that do not hold yet, with what is missing."""


def wait(api: Api, awaits: Iterable[Await], progress: Progress, timeout: float, observe: Observe = nobody) -> None:
    """Wait until all conditions hold.

    Args:
        timeout: seconds.
        observe: asks the plugins about objects of their kinds.

    Raises:
        SolakubeError: one of them cannot come true any more, or the time is up; with the reasons.
    """
    _Waiting(api, tuple(awaits), progress, timeout, observe).run()


class _Waiting:
    def __init__(
        self, api: Api, awaits: tuple[Await, ...], progress: Progress, timeout: float, observe: Observe
    ) -> None:
        self._api = api
        self._awaits = awaits
        self._progress = progress
        self._timeout = timeout
        self._observe = observe
        self._deadline = time.monotonic() + timeout
        self._first_seen: dict[str, float] = {}
        self._silence: dict[ObjectRef, str] = {}

    def run(self) -> None:
        for round_number in itertools.count():
            look = partial(self._look, diagnosing=round_number % _DIAGNOSIS_EVERY == 0)
            if bridged(look, self._progress, self._deadline):
                return
            time.sleep(_PAUSE)

    def _look(self, diagnosing: bool) -> bool:
        """Tell whether all conditions hold; give up where there is no hope or no time."""
        live = self._api.get_many(entry.ref for entry in self._awaits)
        pending = {entry: lack for entry in self._awaits if (lack := self._lack(entry, live.get(entry.ref)))}
        if not pending:
            return True
        expired = time.monotonic() > self._deadline
        if diagnosing or expired:
            causes = self._diagnose(pending, live)
            hopeless = self._hopeless(causes)
            if hopeless or expired:
                raise self._failure(pending, causes, hopeless)
        return False

    def _lack(self, entry: Await, live: Object | None) -> str:
        return unobserved(live, self._observe) if entry.until == "observed" else missing(live, entry.until)

    def _diagnose(self, pending: Pending, live: dict[ObjectRef, Object]) -> dict[Await, list[Cause]]:
        found = {}
        for entry, lack in pending.items():
            news, causes = self._diagnosis(entry.ref, live.get(entry.ref))
            found[entry] = causes
            told = causes[0].text if causes else news
            self._progress.now(f"{entry.ref}: {lack}" + (f"; {told}" if told else ""))
        return found

    def _diagnosis(self, ref: ObjectRef, live: Object | None) -> tuple[str, list[Cause]]:
        """Return news and causes; none where they cannot be asked for, which is no reason to end a wait."""
        self._silence[ref] = _SILENT.get(ref.kind, _NOTHING) if live else _NOTHING
        try:
            return diagnose(self._api, live, self._observe) if live else ("", [])
        except SolakubeError as error:
            told = ": ".join(filter(None, (error.problems[0].what, error.problems[0].why)))
            self._silence[ref] = f"the reason could not be asked for: {told}"
            return "", []

    def _hopeless(self, found: dict[Await, list[Cause]]) -> bool:
        """Tell whether a cause has lasted longer than it may; causes that went away are forgotten."""
        now = time.monotonic()
        causes = {cause.key: cause for causes in found.values() for cause in causes}
        self._first_seen = {key: self._first_seen.get(key, now) for key in causes}
        return any(now - self._first_seen[key] >= cause.patience for key, cause in causes.items())

    def _failure(self, pending: Pending, found: dict[Await, list[Cause]], hopeless: bool) -> SolakubeError:
        when = "" if hopeless else f" after {self._timeout:.0f} s"
        return SolakubeError.of(
            Problem(f"{entry.ref} is not ready{when}: {lack}", self._why(entry.ref, found[entry]), _REMEDY)
            for entry, lack in pending.items()
        )

    def _why(self, ref: ObjectRef, causes: Iterable[Cause]) -> str:
        texts = [with_log(self._api, cause) for cause in causes]
        return "\n    and: ".join(texts) or self._silence[ref]
