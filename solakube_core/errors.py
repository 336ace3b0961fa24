"""What `sk` says when something cannot be done: what failed, why, and what to do, in that order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that stands in the way.

    Attributes:
        what: what is wrong, one sentence without a full stop.
        why: the cause, as far as it is known.
        remedy: what the reader can do about it.
    """

    what: str
    why: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        lines = [self.what]
        if self.why:
            lines.append(f"  why: {self.why}")
        if self.remedy:
            lines.append(f"  what to do: {self.remedy}")
        return "\n".join(lines)


class SolakubeError(Exception):
    """An expected failure: printed without a traceback, it ends `sk` with `exit_code`.

    Nothing secret may be put into any of its texts.
    """

    def __init__(self, what: str, why: str = "", remedy: str = "", *, exit_code: int = 1) -> None:
        super().__init__(what)
        self.problems: tuple[Problem, ...] = (Problem(what, why, remedy),)
        self.exit_code = exit_code

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> SolakubeError:
        """Make one error of several problems, so that all of them are reported in one go.

        Raises:
            ValueError: there is no problem to report.
        """
        found = tuple(problems)
        if not found:
            raise ValueError("an error needs at least one problem")
        error = cls(found[0].what)
        error.problems = found
        return error

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return str(self.problems[0])
        return _numbered(self.problems)


def _numbered(problems: Sequence[Problem]) -> str:
    entries = [f"{number}. " + str(problem).replace("\n", "\n   ") for number, problem in enumerate(problems, start=1)]
    return "\n".join([f"{len(problems)} problems:", *entries])
