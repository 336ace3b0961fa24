"""Which cluster is meant, and of what type it is."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from solakube_core.errors import SolakubeError
from solakube_core.settings.origin import Origin

TYPES = ("hetzner", "minikube", "vagrant", "kind", "k3s", "local")

# Reading one key does not take a YAML parser, whose import would cost every command a tenth of a second.
# The key stands at the start of a line in YAML, and between quotes in a kubeconfig that is JSON.
_CURRENT_CONTEXT = re.compile(
    r"""(?:^|[{,]\s*)"?current-context"?[ \t]*:[ \t]*("[^"\n]+"|'[^'\n]+'|[^"'\s#,}]+)""", re.MULTILINE
)


@dataclass(frozen=True)
class Cluster:
    """The cluster in question.

    Attributes:
        name: SK_CLUSTER, else the kubeconfig's context, else "local".
        type: one of `TYPES`.
        context: the kubeconfig's context, "" where there is none.
    """

    name: str
    type: str
    context: str

    @property
    def own_domain(self) -> str:
        """The domain of a minikube cluster, unless CLUSTER_FQN names another."""
        return f"{self.name}.mk"


def kubeconfig_context(environ: Mapping[str, str], home: Path) -> str:
    """Return the current context of the kubeconfig, "" where there is no kubeconfig or it names none."""
    for file in kubeconfig_files(environ, home):
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if match := _CURRENT_CONTEXT.search(text):
            return match[1].strip("\"'")
    return ""


def kubeconfig_files(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return the files that kubectl would read: those of KUBECONFIG, else ~/.kube/config."""
    listed = environ.get("KUBECONFIG")
    if listed:
        return tuple(Path(part).expanduser() for part in listed.split(":") if part)
    return (home / ".kube" / "config",)


def check_nothing_named(environ: Mapping[str, str], home: Path) -> None:
    """Make sure that no kubeconfig was named and ~/.kube/config does not exist, where none of them names a context.

    Only then does a command belong to this machine: with a mistyped path it would act where nobody pointed it.

    Raises:
        SolakubeError: there is one, or one was named; it cannot be used.
    """
    files = kubeconfig_files(environ, home)
    if not environ.get("KUBECONFIG") and not os.path.lexists(files[0]):
        return
    raise SolakubeError(
        "the kubeconfig cannot be used",
        "; ".join(_fault(file) for file in files) or "KUBECONFIG names no file",
        "correct --kubeconfig or KUBECONFIG, name a context with --context, "
        "or set SK_CLUSTER_TYPE=local to work on this machine",
    )


def _fault(file: Path) -> str:
    try:
        file.read_bytes()
    except OSError as error:
        return f"{file}: {error.strerror}"
    return f"{file} names no current-context"


def check_name(name: str) -> None:
    """Make sure that a cluster's name can be that of a folder.

    Raises:
        SolakubeError: it can't.
    """
    if "/" in name or name in (".", ".."):
        raise SolakubeError(
            f"{name!r} can't be the name of a cluster",
            "its settings lie in a folder of that name in ~/.solakube",
            "set SK_CLUSTER to a name without slashes",
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
