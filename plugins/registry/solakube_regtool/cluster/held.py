"""Which images a cluster runs, or could roll back to.

An image counts by its name without the host: the registry has many addresses (its public name, the Service, node
ports, forwarded ports, mirrors of the container runtime), and not all are known here. At worst an image of another
registry with the same name and tag keeps one of ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple


class Kind(NamedTuple):
    """A kind of object that names images.

    Attributes:
        api_version: such as "apps/v1".
        name: such as "Deployment".
        resource: the plural in the API's paths and permissions.
    """

    api_version: str
    name: str
    resource: str

    @property
    def group(self) -> str:
        """The API group; "" for the core group."""
        return self.api_version.rpartition("/")[0]


KINDS = (
    Kind("v1", "Pod", "pods"),
    Kind("v1", "ReplicationController", "replicationcontrollers"),
    Kind("apps/v1", "Deployment", "deployments"),
    Kind("apps/v1", "ReplicaSet", "replicasets"),
    Kind("apps/v1", "StatefulSet", "statefulsets"),
    Kind("apps/v1", "DaemonSet", "daemonsets"),
    Kind("apps/v1", "ControllerRevision", "controllerrevisions"),
    Kind("batch/v1", "Job", "jobs"),
    Kind("batch/v1", "CronJob", "cronjobs"),
)
"""What names images. Kubernetes itself removes ReplicaSets and ControllerRevisions beyond revisionHistoryLimit."""

_KEYS = ("image", "imageID", "reference")


def held_images(listed: Iterable[tuple[Kind, Iterable[Mapping[str, Any]]]]) -> dict[str, list[str]]:
    """Return who holds each image.

    Args:
        listed: the objects of each kind, of all namespaces.

    Returns:
        "Kind namespace/name" of the holders, by REPOSITORY:TAG or by digest.
    """
    held: dict[str, list[str]] = defaultdict(list)
    for kind, items in listed:
        for item in items:
            holder = f"{kind.name} {item['metadata'].get('namespace', '')}/{item['metadata']['name']}"
            for name in {name for image in _images(item) for name in names_of(image)}:
                held[name].append(holder)
    return held


def _images(value: Any) -> Iterator[str]:
    """Give all images that an object names: of containers, of their status, of volumes."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in _KEYS and isinstance(inner, str):
                yield inner
            else:
                yield from _images(inner)
    elif isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        for inner in value:
            yield from _images(inner)


def names_of(image: str) -> tuple[str, ...]:
    """Return what an image's name stands for in a registry: REPOSITORY:TAG, or its digest, or both."""
    name, _, digest = image.rpartition("://")[2].partition("@")
    host, slash, path = name.partition("/")
    bare = path if slash and ("." in host or ":" in host or host == "localhost") else name
    repository, colon, _ = bare.rpartition(":")
    if not colon and digest:
        return (digest,)
    tagged = bare if colon else f"{bare}:latest"
    # A mirror has Docker Hub's images below library/.
    also = () if "/" in (repository or bare) else (f"library/{tagged}",)
    return (tagged, *also, *((digest,) if digest else ()))
