"""Which of a component's pods to work with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from solakube_core.errors import NotDeployed, SolakubeError
from solakube_core.kube.client.api import Api, Object
from solakube_core.kube.client.faults import Forbidden
from solakube_core.kube.health.causes import pod_causes
from solakube_core.kube.health.diagnosis import events_of
from solakube_core.kube.health.readiness import is_ready
from solakube_core.kube.holdings import inventory
from solakube_core.model import ObjectRef


def pick(pods: Iterable[Object], container: str = "") -> Object | None:
    """Return the best pod to talk to, None where there is none. Pure.

    During a rollout several pods match: those that are about to end are left out, a ready one is better than
    one that is not, and of equals the newest is taken.

    Args:
        container: must be running in it; "" asks for a ready pod instead.
    """
    usable = [
        pod
        for pod in pods
        if "deletionTimestamp" not in pod["metadata"] and (_runs(pod, container) if container else is_ready(pod))
    ]
    return max(usable, key=lambda pod: (is_ready(pod), pod["metadata"]["creationTimestamp"]), default=None)


def find(api: Api, component: str, namespace: str, selector: Mapping[str, str], container: str = "") -> ObjectRef:
    """Return the pod to talk to.

    Args:
        component: whose pod it is; "" where nobody says.
        container: must be running in it; "" asks for a ready pod instead.

    Raises:
        NotDeployed: so the component is not.
        SolakubeError: there is none; it says why.
    """
    pods = api.list_all("v1", "Pod", namespace, selector)
    chosen = pick(pods, container)
    if chosen is None:
        if component and not pods:
            require_deployed(api, component, namespace)
        raise _nothing(api, namespace, selector, container, pods)
    return ObjectRef("v1", "Pod", chosen["metadata"]["name"], namespace)


def require_deployed(api: Api, component: str, namespace: str) -> None:
    """Make sure that a component is deployed in a namespace.

    Raises:
        NotDeployed: it is not. Who may not look there is not told so.
    """
    with suppress(Forbidden):
        if inventory.find(api, component, namespace) is None:
            raise NotDeployed(component, api.connection.describe(namespace))


def _runs(pod: Object, container: str) -> bool:
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    return any(entry["name"] == container and "running" in (entry.get("state") or {}) for entry in statuses)


def _nothing(
    api: Api, namespace: str, selector: Mapping[str, str], container: str, pods: Iterable[Object]
) -> SolakubeError:
    labels = ",".join(f"{key}={value}" for key, value in selector.items())
    what = f"a running container {container}" if container else "a ready pod"
    causes = [cause.text for pod in pods for cause in pod_causes(pod, events_of(api, pod))]
    why = "; ".join(causes) or ("its pods are still starting or ending" if pods else "there are no pods at all")
    return SolakubeError(
        f"there is no {what.partition(' ')[2]} with the labels {labels} in namespace {namespace}",
        why,
        "deploy the component, or see what is wrong by `sk status`",
    )
