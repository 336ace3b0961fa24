"""The seam between plans and the places where they are carried out.

Two engines stand behind it: `solakube_core.kube` for Kubernetes clusters and `solakube_core.local` for a single
machine. Nothing above this seam asks which one it has.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from solakube_core.urls import without_secrets

if TYPE_CHECKING:
    from solakube_core.errors import Problem
    from solakube_core.model import (
        Access,
        Address,
        Backend,
        Change,
        File,
        Layout,
        Manifest,
        ObjectRef,
        Plan,
        Program,
        StorageOffer,
    )

READY_TIMEOUT = 300.0
"""Seconds that a deployment may take, the pulling of images included."""


class Progress(Protocol):
    """Tells the user what is going on."""

    def say(self, line: str) -> None:
        """Print one line that stays."""

    def now(self, line: str) -> None:
        """Show what is being waited for; the next call replaces it."""


class Site(Protocol):
    """Read-only questions about the place that a component goes to. Hooks get it to check and resolve.

    Every method may raise `SolakubeError` when the place cannot be reached or refuses to answer.
    """

    def describe(self, namespace: str = "") -> str:
        """Name the place in words, such as "cluster test (context admin@test)" or "this machine (installation local)".

        Args:
            namespace: named with it where the place has namespaces.
        """

    def check(self) -> None:
        """Make sure that the place can be reached."""

    def get(self, ref: ObjectRef) -> Manifest | None:
        """Return one object, or None where there is none (also where its kind is unknown)."""

    def list(
        self, api_version: str, kind: str, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> tuple[Manifest, ...]:
        """Return all objects of a kind, of every namespace when none is given; none where it is unknown.

        Args:
            kind: such as "Deployment", or the counted of the API's paths.
        """

    def secret(self, component: str, ref: ObjectRef, key: str) -> str | None:
        """Return a secret value that an earlier deployment left, so that it can be kept.

        Args:
            component: whose secret it is.
            ref: the Secret that holds it on Kubernetes.
            key: its key there; on one machine KEY or SECRET.KEY is the name of the file in the configuration folder.
        """

    def denied(self, access: Iterable[Access]) -> tuple[Access, ...]:
        """Return those permissions that the current user lacks."""

    def storage(self, claim: ObjectRef) -> StorageOffer:
        """Tell what storage there is for the given claim."""

    def layout(self, component: str, in_container: Layout) -> Layout:
        """Tell where the component's files are; `in_container` is where its containers have them."""


@dataclass(frozen=True)
class Fact:
    """One line of a component's status.

    Attributes:
        subject: what the line is about.
        state: one or two words.
        detail: the rest.
        healthy: False where something needs attention.
        figures: what state and detail say, for programs: numbers as numbers, times by RFC 3339, None for unknown.
    """

    subject: str
    state: str
    detail: str = ""
    healthy: bool = True
    figures: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # It quotes what others wrote: a cluster's events, the last words of a program.
        object.__setattr__(self, "detail", without_secrets(self.detail))


@dataclass(frozen=True)
class Status:
    """How a component is doing.

    Attributes:
        deployed: whether there is anything of it.
        facts: what there is, in the order to show it.
    """

    deployed: bool
    facts: tuple[Fact, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether it is deployed and no fact needs attention."""
        return self.deployed and all(fact.healthy for fact in self.facts)


@dataclass(frozen=True)
class Deployed:
    """A component that is deployed.

    Attributes:
        component: its name.
        place: where it is, in words.
        status: how it is doing.
    """

    component: str
    place: str
    status: Status


@dataclass(frozen=True)
class LogQuery:
    """Which lines of a log are wanted.

    Attributes:
        of: whose log; "" for the component's own.
        lines: how many, the last ones; 0 for all.
        previous: of the log before, which was put away.
        follow: go on with what is written from now on.
    """

    of: str = ""
    lines: int = 0
    previous: bool = False
    follow: bool = False


@dataclass(frozen=True)
class Removal:
    """What removing a component comes to.

    Attributes:
        goes: what is removed.
        stays: what is not, each with the reason; nothing where there is nothing to tell.
        namespace: where it is; "" on a single machine.
    """

    goes: tuple[str, ...]
    stays: tuple[str, ...] = ()
    namespace: str = ""


Stdin = str | Iterable[bytes]
"""What a program reads from its standard input, which then ends."""


class Execution(Protocol):
    """A program that runs beside the data: iterate over it for the lines of its standard output.

    They are read as they are asked for, by one of the two ways.
    """

    def __iter__(self) -> Iterator[str]: ...

    def pieces(self) -> Generator[bytes, None, None]:
        """Give its standard output as it comes, instead of its lines."""

    @property
    def exit_code(self) -> int:
        """Its exit code, known once the lines are exhausted."""

    @property
    def errors(self) -> str:
        """What it wrote to standard error, known once the lines are exhausted."""


class Engine(Protocol):
    """Shows, applies, awaits and removes a plan, and runs programs beside the data.

    Every method may raise `SolakubeError`.
    """

    @property
    def site(self) -> Site:
        """The place, for read-only questions."""

    def limit(self, deadline: float) -> None:
        """Let no answer of the place be waited for beyond a moment, but for what it takes to say what was missing.

        Args:
            deadline: on the clock of time.monotonic().
        """

    def render(self, plan: Plan, show_secrets: bool) -> str:
        """Write the plan down as text: plain manifests on Kubernetes, the services' files on one machine.

        Args:
            show_secrets: put secret values in; otherwise they are left out and a comment says so.
        """

    def changes(self, plan: Plan) -> tuple[Change, ...]:
        """Tell what `apply` would do, changing nothing."""

    def apply(self, plan: Plan, progress: Progress, timeout: float = READY_TIMEOUT) -> bool:
        """Make the place hold what the plan says, and remove what an earlier plan held and this does not.

        A volume with data is never removed. Safe to repeat and to interrupt: the next run converges.

        Args:
            timeout: seconds until giving up on what is waited for, such as the end of an old object.

        Returns:
            Whether `prove` was called for what the plan promises, and nothing was changed since.
        """

    def prove(self, plan: Plan) -> None:
        """Note that the component was seen to do what the plan promises; a place may well forget it."""

    def wait(self, plan: Plan, progress: Progress, timeout: float) -> None:
        """Wait until the plan's conditions hold.

        Args:
            timeout: seconds until giving up with an error that says what was missing and why.
        """

    def obstacles(self, plan: Plan) -> tuple[Problem, ...]:
        """Tell what of others stands in the way of applying the plan, changing nothing."""

    def removal(self, component: str, delete_data: bool, namespace: str = "", also: tuple[str, ...] = ()) -> Removal:
        """Tell what `remove` would remove, and what would stay.

        Args:
            namespace, also: as for `remove`.
        """

    def remove(
        self,
        component: str,
        delete_data: bool,
        progress: Progress,
        namespace: str = "",
        also: tuple[str, ...] = (),
    ) -> None:
        """Remove the component; its data only when `delete_data` is set, and never what others made.

        Args:
            namespace: where it is, since a cluster can hold it several times; "" to look for it. Without
                meaning on a single machine.
            also: what is to go although it would stay, each as KIND/NAME.
        """

    def put(self, objects: Iterable[Manifest], component: str = "") -> None:
        """Make the place hold a few objects outside a component's plan, such as a pull secret for a namespace.

        Args:
            objects: what should exist; another manager's fields of the same objects stay as they are.
            component: whose objects they count as, so that a later `apply` or `remove` of it takes those away that
                its plan does not hold; "" for objects that stay until `discard`.

        Raises:
            SolakubeError: also where the place holds no objects, as a single machine does.
        """

    def rewrite(self, component: str, files: Iterable[File]) -> None:
        """Replace configuration files that a deployed component reads anew by itself.

        Raises:
            SolakubeError: one was written meanwhile, see `File.replaces`, and none is replaced; also where the place is
                a cluster, which has objects (`put`).
        """

    def discard(self, refs: Iterable[ObjectRef]) -> None:
        """Delete objects that `put` made; those that are gone already are fine."""

    def status(self, component: str, namespace: str = "") -> Status:
        """Tell how the component is doing.

        Args:
            namespace: as for `remove`.
        """

    def deployed(self, components: Iterable[str]) -> tuple[Deployed, ...]:
        """Tell what is deployed here: on one machine by all installations, in a cluster of the given components.

        Args:
            components: names that plugins offer.
        """

    def logs(self, component: str, query: LogQuery, namespace: str = "") -> Iterator[str]:
        """Give lines of what a component wrote.

        Args:
            namespace: as for `remove`.
        """

    def run(self, program: Program, arguments: tuple[str, ...], stdin: Stdin = "") -> Execution:
        """Start a program beside the component's data.

        Args:
            arguments: appended to the program's own; nothing secret may be in them.
            stdin: written to its standard input; bytes are asked for as they can be written.
        """

    def address(self, backend: Backend) -> Address | None:
        """Tell where users reach a component that nothing exposes; None where only `open` leads to it."""

    def open(self, backend: Backend, port: int = 0) -> AbstractContextManager[str]:
        """Make the component reachable from this machine while the context lasts, reconnecting as needed.

        Args:
            port: the local TCP port to use; 0 for any free one.

        Returns:
            A context manager that yields the URL, such as "http://127.0.0.1:5000".
        """
