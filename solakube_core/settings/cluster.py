"""Which cluster is meant, and of what type it is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from solakube_core.errors import SolakubeError
from solakube_core.settings.origin import Origin

TYPES = ("hetzner", "minikube", "vagrant", "kind", "k3s", "local")


@dataclass(frozen=True)
class Cluster:
    """The cluster in question.

    Attributes:
        name: SK_CLUSTER, else the kubeconfig's context, else "local".
        type: one of `TYPES`.
        context: the kubeconfig's context that is meant, "" where there is none.
    """

    name: str
    type: str
    context: str

    @property
    def own_domain(self) -> str:
        """The domain of a minikube cluster, unless CLUSTER_FQN names another."""
        return f"{self.name}.mk"


_EVERY_CLUSTER = "globals"
_LONGEST = 100


def check_name(name: str) -> None:
    """Make sure that a cluster's name can be that of a folder.

    Raises:
        SolakubeError: it can't.
    """
    if len(os.fsencode(name)) > _LONGEST:
        raise SolakubeError(
            f"{name[:20]}... can't be the name of a cluster",
            f"it has {len(os.fsencode(name))} bytes, and folders, units and containers are named after it",
            f"set SK_CLUSTER to a name of at most {_LONGEST} bytes",
        )
    if name == _EVERY_CLUSTER:
        raise SolakubeError(
            f"{name!r} can't be the name of a cluster",
            f"~/.solakube/{name} holds the settings of all clusters",
            "set SK_CLUSTER to another name",
        )
    if "/" in name or name.strip() in ("", ".", "..") or not name.isprintable():
        raise SolakubeError(
            f"{name!r} can't be the name of a cluster",
            "its settings lie in a folder of that name in ~/.solakube",
            "set SK_CLUSTER to a plain name without slashes",
        )


def check_type(word: str, origin: Origin | None) -> None:
    """Make sure that the user's SK_CLUSTER_TYPE is one of `TYPES`.

    Args:
        word: the type as set or detected.
        origin: where it was set.

    Raises:
        SolakubeError: it is another word.
    """
    if word not in TYPES:
        from difflib import get_close_matches

        near = get_close_matches(word, TYPES, 1)
        raise SolakubeError(
            f"SK_CLUSTER_TYPE={word} is no type of cluster" + (f"; did you mean {near[0]}?" if near else ""),
            f"it comes from: {origin}; the types are: {', '.join(TYPES)}",
            "set one of them, or none to have it detected",
        )


def detected_type(context: str) -> str:
    """Tell the type of a cluster from the kubeconfig's context; "" means that there is no kubeconfig."""
    if not context:
        return "local"
    if context.startswith("kind-"):
        return "kind"
    if context.startswith("minikube"):
        return "minikube"
    if context.startswith(("k3s", "k3d")) or (context == "default" and Path("/etc/rancher/k3s").is_dir()):
        return "k3s"
    return "hetzner"
