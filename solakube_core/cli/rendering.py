"""Plans and changes as text."""

from __future__ import annotations

from collections.abc import Iterable

from solakube_core.cli.output import Listing
from solakube_core.model import Change

_SIGNS = {"create": "+", "update": "~", "remove": "-", "unchanged": " "}
_AROUND = ("--- ", "+++ ", "@@", " ")
"""Lines of a unified diff that only tell where the others stand."""


def changes_listing(changes: Iterable[Change]) -> Listing:
    """Return one line for each change, its difference indented below, and a count at the end."""
    shown = tuple(changes)
    lines: list[str] = []
    for change in shown:
        lines.append(f"{_SIGNS[change.action]} {change.subject}: {change.action}")
        lines += [f"    {line}" for line in change.lines]
    counts = {action: sum(change.action == action for change in shown) for action in _SIGNS}
    lines.append(", ".join(f"{count} {action}" for action, count in counts.items() if count) or "nothing planned")
    items = [{"subject": change.subject, "action": change.action, "lines": list(change.lines)} for change in shown]
    return Listing(items, lambda item: str(item["subject"]), total=counts, below=lines)


def changed_lines(changes: Iterable[Change]) -> list[str]:
    """Tell what was changed or removed, its old and its new lines below; what is new speaks for itself."""
    lines = []
    for change in changes:
        if change.action in ("update", "remove"):
            lines.append(f"{_SIGNS[change.action]} {change.subject}: {change.action}")
            lines += [f"    {line}" for line in change.lines if not line.startswith(_AROUND)]
    return lines
