"""Where a value comes from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["unset", "default", "option", "environment", "file", "ineffective", "detected", "derived"]


@dataclass(frozen=True)
class Origin:
    """The origin of a setting's value.

    Attributes:
        kind: "option" for one of the command line, "file" for a variables file, "ineffective" for a
            line of one that names the variable and exports no value of it, "detected" for what the kubeconfig
            tells, "derived" for what a command replaces for this once.
        file: the variables file.
        line: its line, 0 where the shell did not tell.
    """

    kind: Kind
    file: Path | None = None
    line: int = 0

    @property
    def is_given(self) -> bool:
        """Whether the user gave the value, rather than a default or what stands for one."""
        return self.kind in ("environment", "file", "option")

    @classmethod
    def at(cls, file: str, line: str) -> Origin:
        """Return the origin of what a line of a variables file sets."""
        return cls("file", Path(file), int(line))

    def __str__(self) -> str:
        if self.file is None:
            return self.kind
        return f"{self.file}:{self.line}" if self.line else str(self.file)


UNSET = Origin("unset")
