"""What the program prints: plain text for people and pipes, or JSON lines for `sk`.

With `--json` each line is one object with the key "type":

    repository  name, tags (how many)
    tag         repository, name, digest, size (bytes), created, pushed, pulled (seconds since 1970 or null), platforms
    deleted     repository, name, digest, dry_run
    kept, held  repository, name, digest, why (it stays), holders
    imported    image (REPO:TAG), digest, done (made, set, there, or why not), failed, dry_run
    import      summary (text), tags, failed, blobs, bytes (copied), linked, there, dry_run
    last-run    summary (text), and the fields of last_run.Run
    metrics     page
    damage      image (REPO:TAG), digest (null where unknown), fault
    progress    text: what is going on
    note        text: what the reader has to know
    problem     what, why, remedy; the exit code is 1
    summary     summary (text), and the figures of the command

Without it a record is its text alone on standard output; progress, notes and problems go to standard error.
"""

from __future__ import annotations

import json
import sys
import time


class Output:
    """Prints records.

    Args:
        as_json: print JSON lines.

    Attributes:
        dated: plain lines begin with the time, in UTC, as in a log.
    """

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.dated = False

    def record(self, kind: str, text: str, **fields: object) -> None:
        """Print a record.

        Args:
            kind: its "type".
            text: what stands for it in plain text; "" for nothing.
            fields: what it has in JSON.
        """
        if self.as_json:
            self._print({"type": kind, **fields})
        elif text:
            sys.stdout.write(self._dated(text) + "\n")

    def progress(self, text: str) -> None:
        """Tell what is going on, at once."""
        if self.as_json:
            self._print({"type": "progress", "text": text})
            self.flush()
        else:
            sys.stderr.write(self._dated(text) + "\n")

    def note(self, text: str) -> None:
        """Tell what the reader has to know, and keep it in sight."""
        if self.as_json:
            self._print({"type": "note", "text": text})
        else:
            sys.stderr.write(self._dated(text) + "\n")

    def problem(self, what: str, why: str = "", remedy: str = "") -> None:
        """Tell what cannot be done."""
        if self.as_json:
            self.record("problem", "", what=what, why=why, remedy=remedy)
            self.flush()
        else:
            told = "error: " + "\n  ".join(text for text in (what, why, remedy) if text)
            sys.stderr.write(self._dated(told) + "\n")

    def _dated(self, text: str) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ ", time.gmtime()) + text if self.dated else text

    def _print(self, record: dict[str, object]) -> None:
        sys.stdout.write(json.dumps(record) + "\n")

    def flush(self) -> None:
        """Hand over what was printed."""
        sys.stdout.flush()
