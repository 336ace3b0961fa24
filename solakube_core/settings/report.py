"""The report of the bash child: values, the places where they were set, and what went wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from solakube_core.errors import SolakubeError
from solakube_core.settings.places import Places

_Record = tuple[str, Sequence[str]]
_FIELDS = {"run": 3, "cexport": 3, "failed": 4, "syntax": 2, "verbose": 1, "value": 2, "end": 0}

# The shell keeps these for itself; they are no settings.
_OWN = frozenset({"_", "SHLVL", "PWD", "OLDPWD"})


@dataclass
class Report:
    """What the files left behind.

    Attributes:
        values: every exported variable; those that bash cannot have, by their name, are missing.
        places: where the files set variables.
    """

    values: dict[str, str] = field(default_factory=dict, repr=False)
    places: Places = field(default_factory=Places)


def read_report(fields: Sequence[str], environ: Mapping[str, str]) -> Report:
    """Read what report.sh wrote.

    Args:
        fields: its output.
        environ: the environment that it started with.

    Raises:
        SolakubeError: the files were not read to their end.
    """
    records = _records(fields)
    _raise_failure(records)
    report = Report()
    for kind, values in records:
        match kind:
            case "run":
                report.places.note_command(*values)
            case "cexport":
                report.places.note_export(*values)
            case "value" if values[0] not in _OWN:
                report.values[values[0]] = values[1]
    report.values.update({name: environ[name] for name in _OWN if name in environ})
    return report


def unending(fields: Sequence[str], seconds: float) -> SolakubeError:
    """Return the error for files that do not come to their end.

    Args:
        fields: what report.sh has written so far.
        seconds: how long they may take.
    """
    place = _last_place(_records(fields))
    what = f"{place}: this does not end" if place else "the variables files do not end"
    remedy = "take the loop, or what it waits for, out; variables files are sourced anew by every command"
    return SolakubeError(what, f"it goes in a circle, or takes more than {seconds:.0f} s", remedy)


def _last_place(records: Sequence[_Record]) -> str:
    # Of a shell that was ended the last record may not be whole.
    last = [values for kind, values in records if kind == "run" and len(values) == _FIELDS[kind]][-1:]
    return f"{last[0][0]}:{last[0][1]}" if last else ""


def _records(fields: Sequence[str]) -> list[_Record]:
    records: list[_Record] = []
    at = 0
    while at < len(fields):
        following = at + 1 + _FIELDS[fields[at]]
        records.append((fields[at], fields[at + 1 : following]))
        at = following
    return records


def _raise_failure(records: Sequence[_Record]) -> None:
    """Raise what went wrong first, if anything did."""
    for kind, values in records:
        if kind == "failed":
            raise _failed(*values)
        if kind == "syntax":
            raise _no_bash(*values)
        if kind == "verbose":
            raise _verbose(*values)
    if not records or records[-1][0] != "end":
        raise _ended(_last_place(records))


def _failed(file: str, line: str, command: str, status: str) -> SolakubeError:
    # Only the command's name: its arguments may be secret.
    name = re.match(r"[\w./~-]+(?=\s|$)", command)
    # After a call the shell gives the function's last command.
    called = "a function" if command.startswith("return") else name[0] if name else "a command"
    return SolakubeError(
        f"{file}:{line}: {called} failed with status {status}",
        "what it should have set would be missing",
        "mend it; if it may fail, write `|| true` behind it",
    )


def _no_bash(file: str, messages: str) -> SolakubeError:
    # Of several messages the later ones repeat the line, which may hold a secret.
    first = messages.partition("\n")[0].removeprefix(f"{file}: ")
    found = re.fullmatch(r"line (\d+): (.*)", first)
    if found is None:
        return SolakubeError(f"{file} can't be read", first, "variables files must be readable bash")
    return SolakubeError(f"{file}:{found[1]} has a syntax error", found[2], "mend the file; it is bash")


def _verbose(file: str) -> SolakubeError:
    return SolakubeError(
        f"{file} has each of its lines shown",
        "by set -v, or by the option verbose; they may hold secrets",
        "take that out of the file",
    )


def _ended(place: str) -> SolakubeError:
    return SolakubeError(
        f"{place}: the shell ended here" if place else "bash ended before it read the variables files",
        "it called exit, used a variable that is not set after `set -u`, left a loop that it is not in, "
        "or gave a number (declare -i) a value that is none",
        "mend the line: a variables file must not call exit, since all are sourced in one shell",
    )
