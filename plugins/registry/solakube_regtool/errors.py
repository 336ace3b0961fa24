"""What the program tells instead of a traceback."""

from __future__ import annotations

import errno


class RegtoolError(Exception):
    """Something that cannot be done.

    Args:
        what: what failed.
        why: the cause, as far as it is known.
        hint: what to do about it.
    """

    def __init__(self, what: str, why: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.hint = hint

    def __str__(self) -> str:
        return ": ".join(part for part in (self.what, self.why) if part) + (f"; {self.hint}" if self.hint else "")


class Unreadable(RegtoolError):
    """One thing in a registry cannot be read, others can; `why` is the end of a sentence about it."""


class Unanswered(RegtoolError):
    """A server does not answer, or is too busy to; what else is asked of it now will fare no better."""


def failed(what: str, error: OSError) -> RegtoolError:
    """Return the error for something that the volume did not let happen, with what to do about it."""
    why = f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
    return RegtoolError(what, why, _HINTS.get(error.errno or 0, ""))


_HINTS = {
    errno.ENOSPC: "the volume is full to the last block or file: delete any file on it, or expand it, and try again",
    errno.EDQUOT: "the quota is used up: delete any file on the volume, or raise it, and try again",
    errno.EROFS: "mount the volume for writing",
    errno.EACCES: "run it as the user that the registry runs as, or as root",
    errno.EPERM: "run it as the user that the registry runs as, or as root",
    errno.EXDEV: "blobs and repositories must lie on one volume: move docker/registry/v2 there as a whole",
    errno.ENOLINK: "mount the volume that it leads to, or remove the link",
    errno.EIO: "the volume is failing: look into the kernel's log, and save what can be read",
}
