"""The engine for Kubernetes clusters: `solakube_core.engine.Engine` over the modules of this package."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

from solakube_core.engine import READY_TIMEOUT, Deployed, LogQuery, Progress, Removal, Site, Status, Stdin
from solakube_core.errors import NotDeployed, Problem, SolakubeError
from solakube_core.kube.apply.applying import apply
from solakube_core.kube.apply.checking import obstacles
from solakube_core.kube.apply.comparing import changes
from solakube_core.kube.apply.proving import prove
from solakube_core.kube.apply.refreshing import refresh
from solakube_core.kube.apply.rendering import rendered
from solakube_core.kube.apply.survey import Survey
from solakube_core.kube.client.api import Api
from solakube_core.kube.client.connection import Connection
from solakube_core.kube.health.waiting import wait
from solakube_core.kube.holdings import extras, inventory
from solakube_core.kube.objects import texts
from solakube_core.kube.offers import address
from solakube_core.kube.pods import execution, forwarding, logs
from solakube_core.kube.pods.execution import PodExecution
from solakube_core.kube.remove import removing
from solakube_core.kube.site import KubernetesSite
from solakube_core.model import Address, Backend, Change, File, Manifest, ObjectRef, Observation, Plan, Program


def connect(
    kubeconfig: str | None,
    context: str | None,
    say: Callable[[str], None] = lambda _: None,
    observe: Callable[[Manifest, Site], Observation | None] = lambda *_: None,
) -> KubernetesEngine:
    """Return the engine for one cluster. Neither the kubeconfig nor the cluster is touched yet.

    Args:
        kubeconfig: its path; None for the files that the environment variable KUBECONFIG names, or
            ~/.kube/config.
        context: the context to use; None for the current one.
        say: is told when an API server that is not ready makes somebody wait.
        observe: asks the plugins how an object of one of their kinds is doing.
    """
    return KubernetesEngine(Connection(kubeconfig, context, say), observe)


class KubernetesEngine:
    """Carries plans out on a cluster. Every method may raise `SolakubeError`."""

    def __init__(self, connection: Connection, observe: Callable[[Manifest, Site], Observation | None]) -> None:
        self._api = Api(connection)
        self._site = KubernetesSite(self._api)
        self._checked: Survey | None = None
        self._observe = lambda live: observe(live, self._site)

    @property
    def site(self) -> KubernetesSite:
        """The cluster, for read-only questions."""
        return self._site

    def limit(self, deadline: float) -> None:
        """Let no request last beyond a moment on the clock of time.monotonic()."""
        self._api.connection.limit = deadline

    def render(self, plan: Plan, show_secrets: bool) -> str:
        """Write down as YAML what `apply` would write: any tool can do it then, and it is the same installation."""
        return texts.render(rendered(self._survey(plan)), show_secrets)

    def changes(self, plan: Plan) -> tuple[Change, ...]:
        """Tell what `apply` would do, changing nothing."""
        return changes(self._api, self._survey(plan))

    def apply(self, plan: Plan, progress: Progress, timeout: float = READY_TIMEOUT) -> bool:
        """Make the cluster hold what the plan says, and remove what an earlier plan held and this does not."""
        return apply(self._api, self._survey(plan), progress, timeout)

    def prove(self, plan: Plan) -> None:
        """Note in the cluster that the component was seen to do what the plan promises."""
        prove(self._api, plan)

    def wait(self, plan: Plan, progress: Progress, timeout: float) -> None:
        """Wait until the plan's conditions hold, for at most `timeout` seconds."""
        wait(self._api, plan.awaits, progress, timeout, self._observe)

    def obstacles(self, plan: Plan) -> tuple[Problem, ...]:
        """Tell which objects of others bear names of the plan and may not be taken over."""
        self._checked = Survey(self._api, plan)
        return obstacles(self._api, self._checked)

    def removal(self, component: str, delete_data: bool, namespace: str = "", also: tuple[str, ...] = ()) -> Removal:
        """Tell what `remove` would remove; nothing where the component was never deployed."""
        return removing.removal(self._api, component, delete_data, namespace, also, self._observe)

    def remove(
        self,
        component: str,
        delete_data: bool,
        progress: Progress,
        namespace: str = "",
        also: tuple[str, ...] = (),
    ) -> None:
        """Remove the component and wait until it is gone; its claims and namespace only with `delete_data`."""
        self._checked = None
        removing.remove(self._api, component, delete_data, progress, namespace, also, self._observe)

    def put(self, objects: Iterable[Manifest], component: str = "") -> None:
        """Apply a few objects outside a component's plan; pods that mount a Secret of them have it at once."""
        self._checked = None
        refresh(self._api, extras.put(self._api, objects, component))

    def rewrite(self, component: str, files: Iterable[File]) -> None:
        """Refuse: a cluster has objects."""
        names = ", ".join(file.name for file in files)
        raise SolakubeError(f"{self._site.describe()} has no file {names} of {component}", "a cluster holds objects")

    def discard(self, refs: Iterable[ObjectRef]) -> None:
        """Delete objects that `put` made; those that are gone already are fine."""
        self._checked = None
        extras.discard(self._api, refs)

    def status(self, component: str, namespace: str = "") -> Status:
        """Tell how the component is doing."""
        # Reading certificates takes a library of its own, which costs other commands 50 ms.
        from solakube_core.kube.health.status import status

        return status(self._api, component, namespace, self._observe)

    def deployed(self, components: Iterable[str]) -> tuple[Deployed, ...]:
        """Tell which of the components are deployed in this cluster."""
        found = ((component, self.status(component)) for component in components)
        return tuple(Deployed(name, self._site.describe(), status) for name, status in found if status.deployed)

    def logs(self, component: str, query: LogQuery, namespace: str = "") -> Iterator[str]:
        """Read what a container of its pods wrote."""
        recorded = inventory.find(self._api, component, namespace)
        if recorded is None:
            raise NotDeployed(component, self._site.describe(namespace))
        return logs.lines(self._api, recorded, query)

    def run(self, program: Program, arguments: tuple[str, ...], stdin: Stdin = "") -> PodExecution:
        """Start a program in a pod of the component."""
        return execution.start(self._api, program, arguments, stdin)

    def address(self, backend: Backend) -> Address | None:
        """Tell the address of a LoadBalancer or NodePort Service; None where only `open` leads to it."""
        return address.find(self._api, backend)

    def open(self, backend: Backend, port: int = 0) -> AbstractContextManager[str]:
        """Forward a local port (0 for any free one) to a ready pod while the context lasts."""
        return forwarding.forwarded(self._api, backend, port)

    def _survey(self, plan: Plan) -> Survey:
        """Return what the plan meets: as it was checked, if that was just now and nothing was done since."""
        checked, self._checked = self._checked, None
        return checked if checked and checked.plan is plan and checked.is_fresh else Survey(self._api, plan)
