"""How objects of a plugin's kinds are doing: the answer of the hook `observe`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from solakube_core.model.objects import ObjectRef


@dataclass(frozen=True)
class Cause:
    """One reason why something is not ready.

    Attributes:
        key: the same for as long as the reason is the same, whatever the wording.
        text: the reason in words.
        patience: seconds for which it may last before waiting is pointless; infinite where it may well pass.
    """

    key: str
    text: str
    patience: float = math.inf


@dataclass(frozen=True)
class Observation:
    """How an object is doing.

    Attributes:
        state: one or two words, such as "not accepted".
        detail: the rest; where it is not ready, what is missing.
        ready: whether it is as it should be.
        causes: why it is not, best reason first.
        made_for: what its controller made it for, where no owner reference tells: it goes together with that.
    """

    state: str
    detail: str = ""
    ready: bool = True
    causes: tuple[Cause, ...] = ()
    made_for: ObjectRef | None = None
