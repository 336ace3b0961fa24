"""From a plan to what the supervisor is told, and all that stands in the way on this machine. Nothing is changed."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from solakube_core.errors import Problem, SolakubeError
from solakube_core.local.data.folders import Folders
from solakube_core.local.data.identity import data_problems, strangers_at_work
from solakube_core.local.machine import programs
from solakube_core.local.machine.paths import resolved, unreachable
from solakube_core.local.machine.ports import holder, obstacle, user_name
from solakube_core.local.machine.processes import alive
from solakube_core.local.machine.programs import PYTHON, Runnable
from solakube_core.local.state.recording import read_state, read_wanted
from solakube_core.local.state.records import LOOPBACK, Job, Timed, Wanted, backend_name
from solakube_core.local.supervise.succession import program
from solakube_core.model import File, Plan, Schedule, Service
from solakube_core.settings import variable_of

_DEPTH = 5
"""Levels of an existing data folder that are looked at: programs of their own begin their content below."""


@dataclass(frozen=True)
class Orders:
    """What is to be on this machine.

    Attributes:
        wanted: for the supervisor.
        files: of the configuration folder.
        images: container images that have to be there.
        programs: names of those that work on the component's data.
    """

    wanted: Wanted
    files: tuple[File, ...]
    images: tuple[str, ...]
    programs: frozenset[str]


def orders(plan: Plan, where: Folders, cluster: str) -> Orders:
    """Find all that the plan needs on this machine.

    Args:
        where: the component's folders.
        cluster: name of the installation.

    Raises:
        SolakubeError: with every problem that was found.
    """
    problems: list[Problem] = []
    found: list[tuple[Service, Runnable]] = []
    for service in plan.services:
        try:
            found.append((service, programs.find(service, where.layout, _container_name(cluster, service, where))))
        except SolakubeError as error:
            problems += error.problems
    problems += [*_owner_problems(where), *_folder_problems(where, plan)]
    if not unreachable(where.data):
        others = tuple(data_problems(where, plan.component, plan.new_data))
        problems += others or strangers_at_work(where, _programs(plan))
    problems += _port_problems(where, plan)
    if problems:
        raise SolakubeError.of(dict.fromkeys(problems))
    jobs = tuple(_job(service, runnable) for service, runnable in found)
    timed = tuple(map(_timed, plan.schedules))
    files = tuple(file for service in plan.services for file in service.files)
    paths = tuple(str(where.folder_of(file) / file.name) for file in files)
    backend = backend_name(plan.backend)
    wanted = Wanted(plan.component, backend, str(where.data), jobs, timed, program(where.state), files=paths)
    wanted = replace(wanted, scheme=plan.backend.scheme)
    if plan.address and plan.address.url != wanted.url:
        wanted = replace(wanted, address=plan.address.url)
    return Orders(wanted, files, tuple(runnable.image for _, runnable in found if runnable.image), _programs(plan))


def _container_name(cluster: str, service: Service, where: Folders) -> str:
    """Name a service's container, unlike those of other users with an installation of the same name."""
    words = re.sub(r"[^A-Za-z0-9_.-]", "-", f"solakube-{cluster}-{service.name}")
    return f"{words}-{hashlib.sha256(str(where.state).encode()).hexdigest()[:8]}"


def _job(service: Service, runnable: Runnable) -> Job:
    parts = [runnable.version, service.version, *(file.content for file in service.files if not file.reread)]
    return Job(
        name=service.name,
        command=runnable.command,
        environment=runnable.environment,
        cleanup=runnable.cleanup,
        once=runnable.once,
        described=runnable.described,
        ports=_ports(service),
        fingerprint=hashlib.sha256("\0".join(parts).encode()).hexdigest(),
        version=runnable.told,
        listen=service.listen,
        tls=service.tls,
        ends_by=service.ends_by,
    )


def _timed(schedule: Schedule) -> Timed:
    command = (*programs.interpreter(), *schedule.program.arguments, *schedule.arguments)
    environment = {**programs.plain_environment(), **schedule.program.environment}
    return Timed(schedule.name, schedule.cron, command, environment, schedule.stdin)


def _programs(plan: Plan) -> frozenset[str]:
    """Name the programs that work on the component's data, by whatever path they are started."""
    named = (name for service in plan.services for name in (*service.candidates, service.binary) if name)
    return frozenset(Path(name).name for name in named) - {PYTHON}


def _ports(service: Service) -> tuple[int, ...]:
    return tuple(port for port in (service.port, *service.more_ports) if port)


def _owner_problems(where: Folders) -> Iterator[Problem]:
    """Yield that root would work in another user's home, where that user could not go on: `sudo` may keep HOME."""
    owner = 0 if unreachable(where.state) else _nearest(where.state).stat().st_uid
    if os.geteuid() == 0 and owner != 0:
        user = user_name(owner)
        yield Problem(
            f"this installation belongs to {user}, and you are root",
            f"{where.state} would hold files that {user} cannot read",
            f"run sk as {user}, or set HOME to root's own",
        )


def _folder_problems(where: Folders, plan: Plan) -> Iterator[Problem]:
    variable = variable_of(plan.component, "DATA_DIR")
    if why := unreachable(where.data):
        yield Problem(f"the data folder {where.data} cannot be reached", why, f"mend that, or correct {variable}")
    elif where.data.is_symlink() and not where.data.exists():
        yield Problem(
            f"the data folder {where.data} leads nowhere",
            f"it is a symbolic link to {where.data.readlink()}, which is not there",
            f"mount or make that folder, or correct {variable}",
        )
    elif where.state.is_relative_to(resolved(where.data)):
        yield Problem(
            f"the data folder {where.data} is not for images alone",
            f"the component's own configuration in {where.state} would be in it",
            f"name a folder in it by {variable}",
        )
    elif resolved(where.data).is_relative_to(resolved(where.state)):
        yield Problem(
            f"the data folder {where.data} would go with the configuration",
            f"`sk undeploy {plan.component}` removes all of {where.state}",
            f"name a folder elsewhere by {variable}",
        )
    elif why := _not_writable(where.data):
        yield Problem(f"the data folder {where.data} is not writable", why, f"correct {variable} or the permissions")
    if why := _not_writable(where.state):
        yield Problem(f"the folder {where.state} is not writable", why, "correct XDG_STATE_HOME or the permissions")


def _not_writable(folder: Path) -> str:
    """Tell why a folder cannot be made or written to, "" when it can. What is tried leaves no trace."""
    try:
        nearest = _nearest(folder)
        with tempfile.TemporaryFile(dir=nearest):
            pass
        inside = _folders_in(folder, _DEPTH) if nearest == folder else ()
        denied = next((path for path in inside if not os.access(path, os.W_OK | os.X_OK, effective_ids=True)), None)
        return f"{denied}: it belongs to another user" if denied else ""
    except OSError as error:
        return f"{error.filename or folder}: {error.strerror}"


def _folders_in(folder: Path, depth: int) -> Iterator[Path]:
    """Yield the folders in a folder, so many levels deep: what another program wrote there may belong to its user."""
    for path in folder.iterdir():
        if depth and path.is_dir():
            yield path
            yield from _folders_in(path, depth - 1)


def _nearest(folder: Path) -> Path:
    """Return the folder itself, or else the nearest one above it that is there and may be seen."""
    return next(parent for parent in (folder, *folder.parents) if _is_there(parent))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return False


def _port_problems(where: Folders, plan: Plan) -> Iterator[Problem]:
    """Yield one problem for all ports that are in the way for the same reason."""
    ours = set(_ports_in_use(where))
    found: dict[tuple[str, str, str], list[int]] = {}
    for service in plan.services:
        for port in _ports(service):
            host = service.listen if port == service.port else LOOPBACK
            if port not in ours and (trouble := _in_the_way(port, host, _variable(service))):
                found.setdefault(trouble, []).append(port)
    for (what, why, remedy), ports in found.items():
        named = f"port{'s' if len(ports) > 1 else ''} {', '.join(map(str, ports))} of this machine"
        yield Problem(f"{named} {'are' if len(ports) > 1 else 'is'} {what}", why, remedy)


def _in_the_way(port: int, host: str, variable: str) -> tuple[str, str, str] | None:
    """Tell what, why and what to do where a port cannot be listened on."""
    if not 0 < port < 65536:
        return "out of range", "TCP ports go from 1 to 65535", f"correct {variable}"
    match obstacle(port, host):
        case 0:
            return None
        case errno.EACCES:
            low = "ports that low are for root, and for whom root lets have them"
            return "not permitted", low, f"choose one of 1024 or above by {variable}"
        case errno.EADDRINUSE:
            return "taken", f"by {holder(port)}", f"end that, or choose another port by {variable}"
        case number:
            return f"not to be had on {host}", os.strerror(number), "name an address of this machine"


def _variable(service: Service) -> str:
    return next((name for name in service.settings if name.endswith("_PORT")), "its setting")


def _ports_in_use(where: Folders) -> Iterator[int]:
    """Yield the ports on which the component's own processes listen."""
    wanted, state = read_wanted(where.wanted), read_state(where.running)
    for job in wanted.jobs if wanted else ():
        running = state.jobs.get(job.name) if state else None
        if running and alive(running.process):
            yield from job.ports
