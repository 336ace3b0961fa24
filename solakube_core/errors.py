"""What `sk` says when something cannot be done: what failed, why, and what to do, in that order."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from solakube_core.urls import without_secrets


@dataclass(frozen=True)
class Problem:
    """One thing that stands in the way. In its texts URLs are left without logins and queries.

    Attributes:
        what: what is wrong, one sentence without a full stop.
        why: the cause, as far as it is known.
        remedy: what the reader can do about it.
    """

    what: str
    why: str = ""
    remedy: str = ""

    def __post_init__(self) -> None:
        # Whatever an error quotes, a library's words or a setting, no password of a URL gets on with it.
        for part in fields(self):
            object.__setattr__(self, part.name, without_secrets(getattr(self, part.name)))

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
        self.problems: tuple[Problem, ...] = (Problem(what, why, remedy),)
        super().__init__(self.problems[0].what)
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


_NOT_ANSWERING = "what is mounted there does not answer: mount it anew, or name another place"
_OF_THE_SYSTEM = {
    **dict.fromkeys((errno.EACCES, errno.EPERM), "mend its permissions, or be the user to whom it belongs"),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "make space on that disk"),
    **dict.fromkeys((errno.ENOTCONN, errno.ESTALE, errno.EIO, errno.ETIMEDOUT), _NOT_ANSWERING),
    **dict.fromkeys((errno.ENOTDIR, errno.EISDIR), "take away what is in its place"),
    errno.EROFS: "mount that disk for writing, or name another place",
    errno.ELOOP: "correct the symbolic link",
    errno.ENAMETOOLONG: "choose a shorter name",
}
"""What a file system may refuse without a defect of ours (errno(3)), each with the way out."""

_OF_THE_MACHINE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "make space on the disk, and run it again"),
    errno.EFBIG: "let files be larger: ulimit -f",
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "let more files be open: ulimit -n"),
    errno.EAGAIN: "end other processes, or let there be more: ulimit -u",
    errno.ENOMEM: "end other processes, or let it have more memory",
}
"""What a machine may have too little of, whatever file it is about; such an error often names none."""


def of_system(error: BaseException) -> SolakubeError | None:
    """Explain what the system refused to do with a file; None for what is more likely a defect."""
    if isinstance(error, FileNotFoundError) and error.filename is None:
        if error.strerror != os.strerror(errno.ENOENT):
            # So Python says that it can write to none of those that it knows.
            return SolakubeError("there is no folder for temporary files", str(error.strerror), "name one by TMPDIR")
        # So getcwd(3) fails.
        return SolakubeError("the folder in which sk was started is gone", "", "go to another one, as by `cd`")
    if isinstance(error, MemoryError):
        error = OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    if not isinstance(error, OSError):
        return None
    if error.filename is None and error.errno in _OF_THE_MACHINE:
        return SolakubeError("this machine has not what it takes", error.strerror or "", _OF_THE_MACHINE[error.errno])
    if not isinstance(error.filename, str) or error.errno not in _OF_THE_SYSTEM:
        return None
    return SolakubeError(f"{error.filename} cannot be used", error.strerror or "", _OF_THE_SYSTEM[error.errno])


class NotDeployed(SolakubeError):
    """A component is not there, as a place that could be asked says."""

    def __init__(self, component: str, place: str, why: str = "") -> None:
        """Say so in the words of every command.

        Args:
            place: where it is not, as `Site.describe` names it.
            why: what shows it.
        """
        super().__init__(f"{component} is not deployed on {place}", why, f"deploy it: sk deploy {component}")


def _numbered(problems: Sequence[Problem]) -> str:
    entries = [f"{number}. " + str(problem).replace("\n", "\n   ") for number, problem in enumerate(problems, start=1)]
    return "\n".join([f"{len(problems)} problems:", *entries])
