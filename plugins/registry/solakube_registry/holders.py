"""Which images the cluster runs, or could roll back to.

An image counts by its name without the host: the registry has many addresses (its public name, the Service, node
ports, forwarded ports, mirrors of the container runtime), and not all are known here. At worst an image of another
registry with the same name and tag keeps one of ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from solakube_core.engine import Site

_KINDS = (
    ("v1", "Pod"),
    ("v1", "ReplicationController"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "ControllerRevision"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
)
"""What names images. Kubernetes itself removes ReplicaSets and ControllerRevisions beyond revisionHistoryLimit."""

_KEYS = ("image", "imageID", "reference")


def held_images(site: Site) -> Mapping[str, list[str]]:
    """Return who holds each image, in all namespaces.

    Returns:
        "Kind namespace/name" of the holders, by REPOSITORY:TAG or by digest.

    Raises:
        SolakubeError: the cluster cannot be asked, or does not let all be listed: then nothing may be deleted.
    """
    held: dict[str, list[str]] = defaultdict(list)
    for api_version, kind in _KINDS:
        for item in site.list(api_version, kind):
            holder = f"{kind} {item['metadata'].get('namespace', '')}/{item['metadata']['name']}"
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
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes):
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
