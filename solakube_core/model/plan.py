"""What should exist: the values that the hooks `configure`, `deploy` and `expose` return."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from solakube_core.errors import Problem
from solakube_core.urls import without_secrets

if TYPE_CHECKING:
    from solakube_core.model.addresses import Address
    from solakube_core.model.components import Backend
    from solakube_core.model.maintenance import Schedule
    from solakube_core.model.objects import Access, Manifest, ObjectRef
    from solakube_core.model.storage import StorageRequest

_OBSERVED = "observed"
_UNTIL = {"rolled-out": ("Deployment", "StatefulSet", "DaemonSet"), "bound": ("PersistentVolumeClaim",)}
"""What is awaited of which kinds; conditions, and what plugins tell of, may be any object's."""


@dataclass(frozen=True)
class Configuration:
    """The answer of `configure`: what was resolved and what is wrong, nothing being changed yet.

    Attributes:
        access: permissions that the deployment will need.
        storage: the volume that the component wants, if any.
        backend: where the component will answer; None for one that nobody exposes.
        problems: all that stands in the way.
        notes: what the user should read although nothing is wrong.
    """

    access: tuple[Access, ...] = ()
    storage: StorageRequest | None = None
    backend: Backend | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Await:
    """A condition for the deployment to count as ready.

    Attributes:
        ref: the object to watch.
        until: "rolled-out" (the newest generation of a Deployment, StatefulSet or DaemonSet is available), "bound" (a
            PersistentVolumeClaim), "condition:TYPE" (status.conditions have TYPE with status True), or "observed" (a
            plugin's answer to `observe` says that it is ready).

    Raises:
        ValueError: it is none of these, or the object's kind never gets there.
    """

    ref: ObjectRef
    until: str

    def __post_init__(self) -> None:
        if self.until == _OBSERVED or (self.until.startswith("condition:") and self.until != "condition:"):
            return
        if self.until not in _UNTIL:
            known = ", ".join((*_UNTIL, _OBSERVED, "condition:TYPE"))
            raise ValueError(f"{self.until!r} can't be awaited; there are: {known}")
        if self.ref.kind not in _UNTIL[self.until]:
            raise ValueError(f"no {self.ref.kind} is ever {self.until}; these are: {', '.join(_UNTIL[self.until])}")


@dataclass(frozen=True)
class Probe:
    """One HTTP request that proves the component works, sent to its address once it is ready.

    Without probes a component counts as working once what it awaits holds.

    Attributes:
        path: such as "/v2/".
        status: the HTTP status that must come back.
        meaning: what a success shows, for the report.
        username, password: for HTTP basic authentication; both "" to send none.
    """

    path: str
    status: int
    meaning: str
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class File:
    """A file that a local service reads.

    Attributes:
        name: its name in the service's configuration folder.
        content: its text.
        secret: readable by its owner alone, never shown.
        mask: regular expression of what is secret in it, after its first group; the rest may be shown then.
        reread: the program notices by itself that it changed: that takes no restart.
        lasting: it outlives the component, as its data does.
        copied: programs read a copy in `Layout.run`, which one of them keeps up to date; it is there before they start.
        replaces: its text when the plan was made, "" for none, where one that was written meanwhile must stay; None to
            replace whatever is there.
    """

    name: str
    content: str = field(repr=False)
    secret: bool = False
    reread: bool = False
    mask: str = ""
    lasting: bool = False
    copied: bool = False
    replaces: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.name in ("", ".", "..") or re.search(r"[/\0]", self.name):
            raise ValueError(f"{self.name!r} cannot be a file's name: all files are in the configuration folder itself")


@dataclass(frozen=True)
class Service:
    """A program that stays up: what one container of the plan is on a machine without Kubernetes.

    Attributes:
        name: the name of the program, as in `Program.executable`.
        binary: path of the executable that the user chose; "" to look for one.
        candidates: names to look for on PATH, in order; "python" alone stands for the interpreter that `sk` runs in,
            which has the plugins' modules.
        image: the container image to fall back to where a Docker engine is there.
        arguments: of the executable; paths in them are those of the site's `Layout`.
        environment: added to the process's environment.
        files: written into the configuration folder before the start.
        port: TCP port it listens on; 0 for none.
        settings: names of the variables that choose binary, port and data folder, for error messages.
        more_ports: further TCP ports it listens on, on 127.0.0.1.
        container_environment, container_arguments: added to environment and arguments in a container, where it has to
            listen on all addresses: the container's ports are published on 127.0.0.1 alone.
        version: changes when the program is replaced, where its executable does not show it.
        told: regular expression of what the right executable tells at `--version`, the version being its first group;
            "" where it is not asked.
        needs: what the right executable is, in words, where its name does not say it.
        listen: IP address of `port`.
        tls: it speaks TLS on `port`.
        ends_by: the signal at which it lets what is under way end, and then ends.
    """

    name: str
    binary: str
    candidates: tuple[str, ...]
    image: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    files: tuple[File, ...]
    port: int
    settings: tuple[str, ...] = ()
    more_ports: tuple[int, ...] = ()
    container_environment: Mapping[str, str] = field(default_factory=dict)
    container_arguments: tuple[str, ...] = ()
    version: str = ""
    told: str = ""
    needs: str = ""
    listen: str = "127.0.0.1"
    tls: bool = False
    ends_by: Literal["SIGTERM", "SIGUSR1"] = "SIGTERM"


@dataclass(frozen=True)
class Adoptable:
    """Objects that others made and that a plan may take over: those with all of these marks.

    Attributes:
        labels: labels that they carry.
        annotations: annotations that they carry.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)

    def covers(self, live: Manifest) -> bool:
        """Tell whether an object that is there is one of them."""
        metadata = live["metadata"]
        return (self.labels.items() <= (metadata.get("labels") or {}).items()) and (
            self.annotations.items() <= (metadata.get("annotations") or {}).items()
        )


ANYTHING = Adoptable()
"""Whatever is there: for a user who means it (`sk deploy --take-over`)."""


@dataclass(frozen=True)
class Exposure:
    """How a component is reached from outside: the answer of `expose`.

    Attributes:
        provider: who answers, as REGISTRY_EXPOSE_PROVIDER may name it (by convention the plugin's name).
        mode: ingress, gateway, nodeport, loadbalancer, none, or a word of the provider's own.
        objects: Kubernetes objects to apply.
        address: where users will reach it; None where only the engine can tell (a forward, a local port).
        awaits: what must become ready.
        explanation: why this mode and these settings were chosen, one sentence; "" for "MODE by PROVIDER".
        service: fields that the component lays over its Service's spec, for modes that need another type.
        problems: what stands in the way.
        adopts: which objects of others it may take over, as in `Plan.adopts`.
    """

    provider: str
    mode: str
    objects: tuple[Manifest, ...] = ()
    address: Address | None = None
    awaits: tuple[Await, ...] = ()
    explanation: str = ""
    service: Mapping[str, object] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    adopts: tuple[Adoptable, ...] = ()


@dataclass(frozen=True)
class Plan:
    """All that should exist for one component: the answer of `deploy`.

    A plan describes the component for every engine: `objects` is what Kubernetes should hold, `services`
    what a single machine should run. Neither the plugin nor the core's commands ask which of them is used.

    Attributes:
        component: whose plan it is.
        objects: Kubernetes objects, in the order in which they are to be applied. One with metadata.resourceVersion
            was made from that version of what is there: it is refused where somebody changed that meanwhile.
        services: programs for a machine without Kubernetes.
        backend: where the component answers.
        awaits: what must become ready.
        probes: what must hold at the address afterwards.
        address: where users reach it; None where only the engine can tell.
        next_steps: lines for the summary; "{host}" stands for the address's host, "{url}" for its URL.
        notes: what the user should read although nothing is wrong.
        schedules: what runs at set times on a machine without Kubernetes.
        adopts: which objects of others, under the names of the plan's, may be taken over; any other object of
            such a name is a problem, since it is not ours to change or remove.
        new_data: start with whatever is in the data folder, although other data was expected, on one machine.
    """

    component: str
    objects: tuple[Manifest, ...]
    services: tuple[Service, ...]
    backend: Backend
    awaits: tuple[Await, ...] = ()
    probes: tuple[Probe, ...] = ()
    address: Address | None = None
    next_steps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    adopts: tuple[Adoptable, ...] = ()
    new_data: bool = False

    def exposed_by(self, exposure: Exposure) -> Plan:
        """Return this plan with the exposure's objects, conditions and address added to it."""
        return replace(
            self,
            objects=self.objects + exposure.objects,
            awaits=self.awaits + exposure.awaits,
            address=exposure.address,
            adopts=self.adopts + exposure.adopts,
        )


@dataclass(frozen=True)
class Change:
    """What applying a plan would do to one thing.

    Attributes:
        subject: the thing, in words.
        action: what would happen to it.
        lines: the difference, as unified diff lines; secrets are masked, those in URLs by itself.
    """

    subject: str
    action: Literal["create", "update", "remove", "unchanged"]
    lines: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", tuple(map(without_secrets, self.lines)))
