"""The registry's password files, but for logins whose time is over.

The cluster brings the files, and nothing in the pod may change them there. So the registry reads copies, which leave
such logins out from their moment on. When a login ends stands beside it in a line that the registry passes over: one
that begins with # is a comment.
Source: https://github.com/distribution/distribution/blob/main/registry/auth/htpasswd/htpasswd.go
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable

WRITER, READER = "htpasswd", "htpasswd-reader"
FILES = (WRITER, READER)
"""In this order: who finds a login known to the second process, finds it known to the first."""

_END = re.compile(r"#ends (\d+) (\S+)\Z")
_PAUSE = 1.0


def end_line(name: str, moment: float) -> str:
    """Return the line that says when a login ends.

    Args:
        moment: seconds since 1970.
    """
    return f"#ends {moment:.0f} {name}\n"


def living(text: str, now: float) -> str:
    """Return a password file without the logins whose time is over.

    Args:
        now: seconds since 1970.
    """
    lines = text.splitlines(keepends=True)
    ends = (found for line in lines if (found := _END.match(line.rstrip())))
    over = {found[2] for found in ends if int(found[1]) <= now}
    return "".join(line for line in lines if line.partition(":")[0] not in over)


class Logins:
    """The password files of a registry.

    Args:
        given: the folder that they are brought to.
        used: the folder that the registry reads them from.
    """

    def __init__(self, given: str, used: str) -> None:
        self._given, self._used = given, used

    def update(self, now: float) -> None:
        """Copy what changed, or ended, by now.

        Raises:
            OSError: a file cannot be read or written.
        """
        for name in FILES:
            with open(os.path.join(self._given, name), encoding="utf-8") as file:
                text = living(file.read(), now)
            if text != self._read(name):
                self._write(name, text)

    def keep(self, tell: Callable[[str], None], over: threading.Event) -> None:
        """Go on with it until it is over.

        Args:
            tell: told what goes wrong, once while it lasts.
        """
        trouble = ""
        while not over.wait(_PAUSE):
            before, trouble = trouble, ""
            try:
                self.update(time.time())
            except (OSError, ValueError) as error:
                trouble = f"the registry's logins stay as they were: {error}"
            if trouble and trouble != before:
                tell(trouble)

    def _read(self, name: str) -> str | None:
        try:
            with open(os.path.join(self._used, name), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def _write(self, name: str, text: str) -> None:
        """Replace a file in one step: the registry may read it at any moment."""
        path = os.path.join(self._used, name)
        with open(os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(f"{path}.new", path)
