"""What is found out of a node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

CHECKS = ("name", "trust", "login", "pull", "first_byte", "speed")
"""In the order in which a pull takes them: does the name resolve, is the authority trusted (or plain HTTP accepted),
does the login hold, does the node pull, how soon comes an answer, how fast is a download."""


@dataclass(frozen=True)
class Finding:
    """The outcome of one check.

    Attributes:
        state: "not known" where it could not be asked.
        value: the name's addresses, seconds to the first byte, or bytes a second; None for other checks, and where it
            is not known.
        why: the cause where it is not ok, or what there is to say beside it.
        remedy: what to do.
    """

    state: Literal["ok", "failed", "not known"]
    value: tuple[str, ...] | float | None = None
    why: str = ""
    remedy: str = ""


OK = Finding("ok")


def unknown(why: str, remedy: str = "") -> Finding:
    """Say that a check could not be made."""
    return Finding("not known", None, why, remedy)


@dataclass(frozen=True)
class Diagnosis:
    """What was found out of one node.

    Attributes:
        node: its name.
        findings: by check, all of `CHECKS`.
        remarks: what keeps other pods off it, such as a taint; it was asked all the same.
    """

    node: str
    findings: Mapping[str, Finding]
    remarks: tuple[str, ...] = field(default=())

    @property
    def sound(self) -> bool:
        """Whether every check is known to be ok."""
        return all(finding.state == "ok" for finding in self.findings.values())


def nothing_known(node: str, why: str, remedy: str = "", remarks: tuple[str, ...] = ()) -> Diagnosis:
    """Say that a node could not be asked at all."""
    return Diagnosis(node, dict.fromkeys(CHECKS, unknown(why, remedy)), remarks)
