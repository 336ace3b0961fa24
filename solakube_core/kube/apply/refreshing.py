"""Bringing changed Secrets and ConfigMaps into the pods that mount them, at once and without a restart."""

from __future__ import annotations

from collections.abc import Iterable

from solakube_core.errors import SolakubeError
from solakube_core.kube.client.api import Api, Object
from solakube_core.model import ObjectRef

REFRESHED_ANNOTATION = "solakube.io/refreshed"
"""On a pod: the version of the newest object that it was told of. Any change to a pod makes the kubelet sync
it, volumes included; by itself it looks at them only about once a minute."""


def refresh(api: Api, changed: Iterable[Object]) -> tuple[ObjectRef, ...]:
    """Nudge the kubelets of all pods that mount one of the changed Secrets or ConfigMaps.

    It only saves a minute: where it is not allowed, the kubelet's own round does it.

    Returns:
        The objects of which no kubelet could be told.
    """
    late = []
    for source in changed:
        if source["kind"] not in ("Secret", "ConfigMap"):
            continue
        try:
            pods = api.list_all("v1", "Pod", source["metadata"]["namespace"])
            for pod in pods:
                if _mounts(pod, source):
                    _nudge(api, pod, source["metadata"]["resourceVersion"])
        except SolakubeError:
            late.append(ObjectRef.of(source))
    return tuple(late)


def mounted(pod: Object) -> set[tuple[str, str]]:
    """Return kind and name of the Secrets and ConfigMaps that a pod mounts."""
    volumes = pod["spec"].get("volumes") or ()
    sources = [*volumes, *(part for volume in volumes for part in _projected(volume))]
    secrets = {("Secret", _name(source["secret"])) for source in sources if "secret" in source}
    return secrets | {("ConfigMap", source["configMap"]["name"]) for source in sources if "configMap" in source}


def _mounts(pod: Object, source: Object) -> bool:
    leaving = "deletionTimestamp" in pod["metadata"]
    return not leaving and (source["kind"], source["metadata"]["name"]) in mounted(pod)


def _projected(volume: Object) -> list[Object]:
    parts: list[Object] = (volume.get("projected") or {}).get("sources") or []
    return parts


def _name(secret: Object) -> str:
    # A volume says secretName, a projected source says name.
    return str(secret.get("secretName") or secret.get("name"))


def _nudge(api: Api, pod: Object, version: str) -> None:
    annotations = {REFRESHED_ANNOTATION: version}
    api.merge(ObjectRef.of(pod), {"metadata": {"annotations": annotations}})
