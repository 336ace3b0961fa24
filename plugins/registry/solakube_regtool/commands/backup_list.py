"""`backup-list TARGET`: which backups are in a folder, and which of them were proven."""

from __future__ import annotations

import argparse
from typing import Any

from solakube_regtool.backup.target import Target
from solakube_regtool.commands.backup_check import FILES
from solakube_regtool.output import Output
from solakube_regtool.wording import counted, size

_REGISTRY = "registry"
_UNKNOWN = {"damaged": None, "by": None}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("target", metavar="TARGET", help="the folder")


def run(options: argparse.Namespace, out: Output) -> int:
    """Print them, the latest at the end."""
    target = Target(options.target)
    target.choose(None)
    for name in target.names():
        summary, proof = target.summary(name), target.proof(name)
        text = f"{name} {counted(summary.tags, 'tag')}, {size(summary.size)}, {_state(proof)}"
        fields = {**summary._asdict(), "proven": proof["at"] if proof else None}
        known = {"damaged": proof["damaged"], "by": proof.get("by", _REGISTRY)} if proof else _UNKNOWN
        out.record("moment", text, name=name, **fields, **known)
    return 0


def _state(proof: dict[str, Any] | None) -> str:
    if proof is None:
        return "not proven"
    if proof["damaged"]:
        return "damaged"
    return "checked" if proof.get("by") == FILES else "proven"
