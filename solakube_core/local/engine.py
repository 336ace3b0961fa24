"""The engine for one machine: `solakube_core.engine.Engine` over the modules of this package."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from solakube_core.engine import READY_TIMEOUT, Removal
from solakube_core.errors import NotDeployed, SolakubeError
from solakube_core.local import execution
from solakube_core.local.data.folders import deployed_in, folders, installation
from solakube_core.local.site import LocalSite
from solakube_core.local.state.recording import read_wanted
from solakube_core.local.state.records import WANTED, backend_name
from solakube_core.model import Address, ObjectRef

if TYPE_CHECKING:
    from solakube_core.engine import Deployed, LogQuery, Progress, Status, Stdin
    from solakube_core.errors import Problem
    from solakube_core.execution import ProcessExecution
    from solakube_core.local.apply.orders import Orders
    from solakube_core.local.data.folders import Folders
    from solakube_core.local.state.records import Wanted
    from solakube_core.model import Backend, Change, File, Manifest, Plan, Program
    from solakube_core.settings import Settings


class LocalEngine:
    """Carries plans out on this machine. Every method may raise `SolakubeError`.

    What changes something is imported when it is asked for: most commands only `run` a program.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._site = LocalSite(settings)

    @property
    def site(self) -> LocalSite:
        """The machine, for read-only questions."""
        return self._site

    def limit(self, deadline: float) -> None:
        """Do nothing: what may last here has a limit of its own."""
        del deadline

    def render(self, plan: Plan, show_secrets: bool) -> str:
        """Write the services' command lines and files down."""
        from solakube_core.local.apply import texts

        return texts.render(plan, self._folders(plan.component), show_secrets)

    def changes(self, plan: Plan) -> tuple[Change, ...]:
        """Tell what `apply` would do, changing nothing."""
        from solakube_core.local.apply import texts

        return tuple(texts.changes(self._folders(plan.component), self._orders(plan)))

    def apply(self, plan: Plan, progress: Progress, timeout: float = READY_TIMEOUT) -> bool:
        """Make the machine hold what the plan says; everything is checked before anything is changed."""
        from solakube_core.local.apply import applying

        applying.apply(self._folders(plan.component), self._orders(plan), self._unit(plan.component), progress, timeout)
        return False

    def prove(self, plan: Plan) -> None:
        """Note nothing: to look again takes a moment here."""
        del plan

    def wait(self, plan: Plan, progress: Progress, timeout: float) -> None:
        """Wait until every service runs and listens, for at most `timeout` seconds."""
        from solakube_core.local.keep import waiting

        waiting.wait(self._folders(plan.component), progress, timeout)

    def obstacles(self, plan: Plan) -> tuple[Problem, ...]:
        """Tell of nothing: what others have on this machine is found out by `apply`, which checks before it changes."""
        del plan
        return ()

    def removal(self, component: str, delete_data: bool, namespace: str = "", also: tuple[str, ...] = ()) -> Removal:
        """Tell what `remove` would remove; nothing where there is nothing."""
        from solakube_core.local import removing

        del namespace
        self._refuse(also)
        return Removal(removing.removal(self._folders(component), self._unit(component), delete_data))

    def remove(
        self,
        component: str,
        delete_data: bool,
        progress: Progress,
        namespace: str = "",
        also: tuple[str, ...] = (),
    ) -> None:
        """End the component and remove it; its data only with `delete_data`."""
        from solakube_core.local import removing

        del namespace
        self._refuse(also)
        removing.remove(self._folders(component), self._unit(component), delete_data, progress)

    def put(self, objects: Iterable[Manifest], component: str = "") -> None:
        """Refuse: a machine without Kubernetes holds no objects."""
        del component
        kinds = ", ".join(sorted({str(ObjectRef.of(entry)) for entry in objects}))
        raise SolakubeError(
            f"{self._site.describe()} cannot hold {kinds}",
            "that is a Kubernetes object, and there is no cluster",
            "name a kubeconfig (--kubeconfig or KUBECONFIG) and an SK_CLUSTER_TYPE other than local",
        )

    def rewrite(self, component: str, files: Iterable[File]) -> None:
        """Replace configuration files of what is deployed; no other run of `sk` changes anything meanwhile."""
        from solakube_core.local.apply.configuration import write_all
        from solakube_core.local.keep import keeper

        where = self._folders(component)
        if read_wanted(where.wanted) is None:
            raise NotDeployed(component, self._site.describe())
        with keeper.alone(where):
            write_all(where, tuple(files))

    def discard(self, refs: Iterable[ObjectRef]) -> None:
        """Do nothing: there are no objects."""
        del refs

    def status(self, component: str, namespace: str = "") -> Status:
        """Tell how the component is doing."""
        from solakube_core.local import status

        del namespace
        return status.status(self._folders(component), self._unit(component))

    def deployed(self, components: Iterable[str]) -> tuple[Deployed, ...]:
        """Tell what all installations of this user have deployed."""
        from solakube_core.local.status import deployed

        del components
        return tuple(deployed())

    def logs(self, component: str, query: LogQuery, namespace: str = "") -> Iterator[str]:
        """Read the log of a service, of a schedule or of the supervisor."""
        from solakube_core.local import logs

        del namespace
        if read_wanted(self._folders(component).wanted) is None:
            raise NotDeployed(component, self._site.describe())
        return logs.lines(self._folders(component).state, component, query)

    def run(self, program: Program, arguments: tuple[str, ...], stdin: Stdin = "") -> ProcessExecution:
        """Start a program as a child process, with the component's data folder."""
        return execution.start(self._folders(program.component), program, arguments, stdin, self._site.describe())

    def address(self, backend: Backend) -> Address | None:
        """Tell the address on this machine; None where nothing of that name is deployed."""
        wanted = self._deployed(backend)
        url = (wanted.address or wanted.url) if wanted else ""
        return Address(url) if url else None

    def open(self, backend: Backend, port: int = 0) -> AbstractContextManager[str]:
        """Give the component's own address: it listens on this machine already, on its own port alone.

        Whatever the name is by which others reach it, this is an IP address.
        """
        del port
        return self._opened(backend)

    @contextlib.contextmanager
    def _opened(self, backend: Backend) -> Iterator[str]:
        wanted = self._deployed(backend)
        if wanted is None or not wanted.url:
            raise NotDeployed(backend.component or backend_name(backend), self._site.describe())
        yield wanted.url

    def _refuse(self, also: tuple[str, ...]) -> None:
        if also:
            raise SolakubeError(
                f"there is no {also[0]} to remove",
                f"{self._site.describe()} holds no Kubernetes objects",
                "leave --delete-also out",
            )

    def _deployed(self, backend: Backend) -> Wanted | None:
        for state in deployed_in(installation(self._settings)):
            wanted = read_wanted(state / WANTED)
            if wanted and wanted.backend == backend_name(backend):
                return wanted
        return None

    def _orders(self, plan: Plan) -> Orders:
        from solakube_core.local.apply.orders import orders

        return orders(plan, self._folders(plan.component), self._settings.cluster)

    def _folders(self, component: str) -> Folders:
        return folders(component, self._settings)

    def _unit(self, component: str) -> str:
        from solakube_core.local.keep.systemd import unit_name

        return unit_name(self._settings.cluster, component)
