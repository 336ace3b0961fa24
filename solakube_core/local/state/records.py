"""What `sk` tells the supervisor and what the supervisor tells back, as JSON files. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from solakube_core.model import Backend

STATE, WANTED, TURNS = "state.json", "wanted.json", "turns.json"

FORMAT = 2
"""Of the orders and the state; the first had no number. A field more does not raise it, since readers pass over what
they do not know: only what an earlier reader would misunderstand does."""

EndSignal = Literal["SIGTERM", "SIGUSR1"]
"""Name of a signal at which a program ends."""

LOOPBACK = "127.0.0.1"

PATIENCE = 65.0
"""Seconds that a service may take to end: a little more than the registry waits for running pushes (60)."""


@dataclass(frozen=True)
class Job:
    """A program to keep up.

    Attributes:
        name: of the service.
        command: with its arguments.
        environment: all of it; nothing is inherited.
        cleanup: command to run before each start, so that nothing of an earlier run is in the way; may fail.
        once: command to run the program once beside it, to which arguments are appended.
        described: what the program is, in words.
        ports: TCP ports it listens on, the one that users reach first.
        fingerprint: changes with everything that takes a restart.
        version: of the program, as it told; "" where it was not asked. It alone takes no restart.
        listen: IP address of the first port; the others are on 127.0.0.1.
        tls: it speaks TLS on the first port.
        ends_by: name of the signal at which it lets what is under way end, and then ends.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    cleanup: tuple[str, ...]
    once: tuple[str, ...]
    described: str
    ports: tuple[int, ...]
    fingerprint: str
    version: str = field(default="", compare=False)
    listen: str = LOOPBACK
    tls: bool = False
    ends_by: EndSignal = "SIGTERM"

    @property
    def url(self) -> str:
        """Where this machine reaches its first port; "" where it has none."""
        host = _host(self.listen)
        shown = f"[{host}]" if ":" in host else host
        return f"{'https' if self.tls else 'http'}://{shown}:{self.ports[0]}" if self.ports else ""

    @property
    def contained(self) -> bool:
        """Whether it runs in a container: only that can outlive its process, and be in the way."""
        return bool(self.cleanup)

    @property
    def endpoints(self) -> tuple[tuple[str, int], ...]:
        """Where this machine reaches each of its ports."""
        hosts = (_host(self.listen), *[LOOPBACK] * len(self.ports))
        return tuple(zip(hosts, self.ports, strict=False))


def _host(listen: str) -> str:
    """Return an address that leads to what listens on one."""
    return {"0.0.0.0": LOOPBACK, "::": "::1"}.get(listen, listen)


@dataclass(frozen=True)
class Timed:
    """A program to run at set times.

    Attributes:
        name: of the schedule.
        cron: the times, in the machine's time zone.
        command: with its arguments.
        environment: all of it; nothing is inherited.
        stdin: its standard input.
    """

    name: str
    cron: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    stdin: str = field(default="", repr=False)


@dataclass(frozen=True)
class SupervisorProgram:
    """The supervisor that is to follow the orders.

    Attributes:
        command: with its arguments.
        version: a running one of another version becomes this one.
    """

    command: tuple[str, ...]
    version: str


@dataclass(frozen=True)
class Wanted:
    """What should run for one component: the supervisor's orders.

    Attributes:
        component: its name.
        backend: "namespace/service", by which the component's address is asked for.
        data: folder of its data.
        jobs: what to keep up.
        timed: what to run at set times.
        supervisor: who is to follow these orders; None for whoever does.
        address: URL by which users reach the component; "" where it is the first job's own.
        files: the configuration files, so that it is noticed when one is gone. They alone take no restart.
        scheme: what the component's address begins with.
    """

    component: str
    backend: str
    data: str
    jobs: tuple[Job, ...]
    timed: tuple[Timed, ...] = ()
    supervisor: SupervisorProgram | None = None
    address: str = ""
    scheme: str = "http"
    files: tuple[str, ...] = field(default=(), compare=False)

    @property
    def url(self) -> str:
        """Where this machine reaches the component; "" where nothing listens."""
        found = next((job.url for job in self.jobs if job.ports), "")
        return found.replace("http://", f"{self.scheme}://", 1)


@dataclass(frozen=True)
class Mark:
    """One process, told from any later one that gets the same number.

    Attributes:
        pid: its number.
        started: when it started, in the system's own words.
    """

    pid: int
    started: str


@dataclass(frozen=True)
class Running:
    """How a job is doing.

    Attributes:
        fingerprint: of the job that is being run.
        process: None while none runs.
        since: when it was started, in seconds since the epoch.
        restarts: how often it was started again after it had ended by itself.
        failures: how often it ended in a row soon after its start.
        ended: how it ended last, in words; "" when it never did.
    """

    fingerprint: str
    process: Mark | None
    since: float
    restarts: int = 0
    failures: int = 0
    ended: str = ""


@dataclass(frozen=True)
class Turn:
    """How a timed program is doing. It is kept while no supervisor runs, so that a time that was missed is known.

    Attributes:
        cron: its times.
        since: the moment after which the next of them counts, in seconds since the epoch.
        process: None while none runs.
        began: when it was started last, in seconds since the epoch; 0 when it never was.
        ended: when it ended last; 0 when it never did.
        failure: what was wrong with how it ended, in words; "" when nothing was.
    """

    cron: str
    since: float
    process: Mark | None = None
    began: float = 0.0
    ended: float = 0.0
    failure: str = ""


@dataclass(frozen=True)
class State:
    """What the supervisor last wrote down.

    Attributes:
        supervisor: the process that wrote it.
        jobs: by the service's name.
        version: the supervisor's own; "" for one of the first format, which cannot become another.
    """

    supervisor: Mark
    jobs: Mapping[str, Running]
    version: str = ""


def backend_name(backend: Backend) -> str:
    """Name a backend as `Wanted` does."""
    return f"{backend.namespace}/{backend.service}"
