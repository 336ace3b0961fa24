"""Files that cannot be read for a while: cut off by a power failure, and brought back from a backup."""

from __future__ import annotations

from pathlib import Path


class Damage:
    """What is damaged at the moment.

    Attributes:
        events: how often something was damaged or mended.
    """

    def __init__(self) -> None:
        self.events = 0
        self._cut: dict[Path, tuple[bytes, bytes]] = {}

    @property
    def any(self) -> bool:
        """Whether anything is damaged."""
        return bool(self._cut)

    def is_cut(self, path: Path) -> bool:
        """Tell whether a file is one of those."""
        return path in self._cut

    def cut(self, path: Path, to: float) -> None:
        """Cut a file to a part of its length, unless it is gone or cut already."""
        if path not in self._cut and path.exists():
            whole = path.read_bytes()
            left = whole[: int(len(whole) * to)]
            self._cut[path] = (whole, left)
            path.write_bytes(left)
            self.events += 1

    def mend(self) -> None:
        """Bring all back that nobody has written anew or removed."""
        for path, (whole, left) in self._cut.items():
            if path.exists() and path.read_bytes() == left:
                path.write_bytes(whole)
        self._cut.clear()
        self.events += 1
