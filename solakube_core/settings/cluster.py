"""Which cluster is meant, and of what type it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from solakube_core.errors import SolakubeError

TYPES = ("hetzner", "minikube", "vagrant", "kind", "k3s", "local")

# Reading one key does not take a YAML parser, whose import would cost every command a tenth of a second.
# The key stands at the start of a line in YAML, and between quotes in a kubeconfig that is JSON.
_CURRENT_CONTEXT = re.compile(r'(?:^|[{,]\s*)"?current-context"?\s*:\s*["\']?([^"\'\s,}]+)', re.MULTILINE)


@dataclass(frozen=True)
class Cluster:
    """The cluster in question.

    Attributes:
        name: SK_CLUSTER, else the kubeconfig's context, else "local".
        type: one of `TYPES`.
        context: the kubeconfig's context, "" where there is none.
        detected: whether the type was detected rather than set.
    """

    name: str
    type: str
    context: str
    detected: bool


def kubeconfig_context(environ: Mapping[str, str], home: Path) -> str:
    """Return the current context of the kubeconfig, "" where there is no kubeconfig or it names none."""
    for file in kubeconfig_files(environ, home):
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if match := _CURRENT_CONTEXT.search(text):
            return match[1]
    return ""


def kubeconfig_files(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return the files that kubectl would read: those of KUBECONFIG, else ~/.kube/config."""
    listed = environ.get("KUBECONFIG")
    if listed:
        return tuple(Path(part) for part in listed.split(":") if part)
    return (home / ".kube" / "config",)


def cluster_type(wanted: str | None, context: str) -> str:
    """Return the type of the cluster: the user's word, else what the context's name tells.

    Args:
        wanted: SK_CLUSTER_TYPE, None when it is not set.
        context: the kubeconfig's context, "" where there is none.

    Raises:
        SolakubeError: the user's word is none of `TYPES`.
    """
    if wanted is None:
        return _detected(context)
    if wanted not in TYPES:
        near = get_close_matches(wanted, TYPES, 1)
        raise SolakubeError(
            f"SK_CLUSTER_TYPE={wanted} is no type of cluster" + (f"; did you mean {near[0]}?" if near else ""),
            f"the types are: {', '.join(TYPES)}",
            "set one of them, or none to have it detected",
        )
    return wanted


def _detected(context: str) -> str:
    if not context:
        return "local"
    if context.startswith("kind-"):
        return "kind"
    if context.startswith("minikube"):
        return "minikube"
    if context.startswith(("k3s", "k3d")) or (context == "default" and Path("/etc/rancher/k3s").is_dir()):
        return "k3s"
    return "hetzner"
