"""Plans for this machine as text for people, secrets left out unless asked for."""

from __future__ import annotations

import difflib
import json
import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Literal

from solakube_core.local.apply.configuration import leftovers
from solakube_core.local.apply.orders import Orders
from solakube_core.local.data.folders import Folders
from solakube_core.local.data.identity import data_stays
from solakube_core.local.keep import keeper
from solakube_core.local.keep.waiting import trouble
from solakube_core.local.state.recording import read_wanted
from solakube_core.local.state.records import Job, State, Timed
from solakube_core.local.supervise.succession import own_version
from solakube_core.model import Change, File, Plan, Schedule, Service
from solakube_core.urls import without_secrets

_MASK = "(secret)"


def render(plan: Plan, where: Folders, show_secrets: bool) -> str:
    """Write the services' files and command lines down; this machine is not looked at."""
    services = [_service(service, where, show_secrets) for service in plan.services]
    text = "".join([*services, *map(_schedule, plan.schedules)])
    return text if show_secrets else without_secrets(text)


def changes(where: Folders, orders: Orders) -> Iterator[Change]:
    """Tell what applying would do."""
    note = data_stays(where)
    action: Literal["create", "unchanged"] = "unchanged" if where.data.is_dir() else "create"
    yield Change(f"folder {where.data}", action, (note,) if note else ())
    for file in orders.files:
        yield _file_change(where, file)
    for path in leftovers(where.config, orders.files):
        yield Change(f"file {path}", "remove")
    before, state = read_wanted(where.wanted), keeper.at_work(where)
    yield _supervisor_change(state)
    old = {job.name: job for job in before.jobs} if before else {}
    for job in orders.wanted.jobs:
        running = state.jobs.get(job.name) if state else None
        yield _job_change(old.pop(job.name, None), job, trouble(job, running))
    for name in old:
        yield Change(f"service {name}", "remove")
    yield from _timed_changes(before.timed if before else (), orders.wanted.timed)


def _timed_changes(before: Iterable[Timed], after: Iterable[Timed]) -> Iterator[Change]:
    old = {timed.name: timed for timed in before}
    for timed in after:
        known = old.pop(timed.name, None)
        if known == timed:
            yield Change(f"schedule {timed.name}", "unchanged")
        else:
            shown = _shown(known) if known else ""
            yield Change(f"schedule {timed.name}", "update" if known else "create", _difference(shown, _shown(timed)))
    for name in old:
        yield Change(f"schedule {name}", "remove")


def _service(service: Service, where: Folders, show_secrets: bool) -> str:
    program = service.binary or service.candidates[0]
    environment = sorted(service.environment.items())
    lines = [
        f"# service {service.name}",
        *(f"# environment {name}={shlex.quote(value) if show_secrets else _MASK}" for name, value in environment),
        shlex.join([program, *service.arguments]),
        "",
    ]
    for file in service.files:
        lines.append(f"# file {where.folder_of(file) / file.name}")
        shown = file.content if show_secrets else _open_part(file, file.content)
        lines.append("# It is secret and left out." if shown is None else shown.rstrip("\n"))
        lines.append("")
    return "\n".join(lines)


def _schedule(schedule: Schedule) -> str:
    command = shlex.join([schedule.program.executable, *schedule.program.arguments, *schedule.arguments])
    return "\n".join([f"# schedule {schedule.name}", f"{schedule.cron} {command}", *_commented(schedule.stdin), ""])


def _commented(text: str) -> list[str]:
    return [f"#   {line}" for line in text.splitlines()]


def _file_change(where: Folders, file: File) -> Change:
    subject = f"file {where.folder_of(file) / file.name}"
    try:
        before = (where.folder_of(file) / file.name).read_text(encoding="utf-8")
    except FileNotFoundError:
        return Change(subject, "create")
    if before == file.content:
        return Change(subject, "unchanged")
    old, new = _open_part(file, before), _open_part(file, file.content)
    lines = _difference(old, new) if old is not None and new is not None else ()
    return Change(subject, "update", lines or (_MASK,))


def _open_part(file: File, text: str) -> str | None:
    """Return what of a file's text may be shown; None for nothing."""
    if not file.secret:
        return text
    return re.sub(file.mask, rf"\g<1>{_MASK}", text) if file.mask else None


def _supervisor_change(state: State | None) -> Change:
    if state is None:
        return Change("supervisor", "create", (f"version {own_version()}",))
    if state.version == own_version():
        return Change("supervisor", "unchanged")
    return Change("supervisor", "update", _difference(state.version or "an earlier version", own_version()))


def _job_change(before: Job | None, after: Job, trouble: str) -> Change:
    subject = f"service {after.name}"
    if before is None:
        return Change(subject, "create", (after.described,))
    if before == after:
        return Change(subject, "update", (f"started again: {trouble}",)) if trouble else Change(subject, "unchanged")
    lines = _difference(_shown(before), _shown(after))
    return Change(subject, "update", lines or ("restarted with another configuration",))


def _shown(entry: Job | Timed) -> str:
    what = {"cron": entry.cron, "stdin": entry.stdin} if isinstance(entry, Timed) else {}
    return json.dumps({"command": entry.command, "environment": sorted(entry.environment), **what}, indent=1)


def _difference(before: str, after: str) -> tuple[str, ...]:
    return tuple(difflib.unified_diff(before.splitlines(), after.splitlines(), "live", "wanted", lineterm="", n=1))
