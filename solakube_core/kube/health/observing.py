"""What plugins tell of objects of their own kinds."""

from __future__ import annotations

from collections.abc import Callable

from solakube_core.engine import Fact
from solakube_core.errors import SolakubeError
from solakube_core.model import Manifest, ObjectRef, Observation

Observe = Callable[[Manifest], Observation | None]
"""Asks the plugins how an object is doing; None where none of them knows its kind."""


def nobody(live: Manifest) -> None:
    """Observe nothing."""
    del live


def observed_fact(live: Manifest, observe: Observe) -> Fact | None:
    """Tell how an object is doing by what a plugin says of it; None for kinds that none knows."""
    subject = str(ObjectRef.of(live))
    try:
        answer = observe(live)
    except SolakubeError as error:
        return Fact(subject, "unknown", error.problems[0].what, healthy=False)
    if answer is None:
        return None
    details = (answer.detail, *(cause.text for cause in answer.causes))
    return Fact(subject, answer.state, "; ".join(filter(None, details)), healthy=answer.ready)


def unobserved(live: Manifest | None, observe: Observe) -> str:
    """Say what an object lacks to be ready, as a plugin sees it; "" once it is.

    Raises:
        SolakubeError: no plugin knows its kind, or one fails.
    """
    if live is None:
        return "it does not exist"
    answer = observe(live)
    if answer is None:
        ref = ObjectRef.of(live)
        raise SolakubeError(
            f"nobody can tell whether {ref} is ready",
            f"no plugin answers `observe` for the kind {ref.kind} of {ref.api_version}",
            "install the plugin that knows it; `sk plugins` shows what is loaded",
        )
    return "" if answer.ready else answer.detail or f"it is {answer.state}"
