"""Which context of the kubeconfig is meant, and whether anybody said that it is the cluster's."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from solakube_core.errors import SolakubeError
from solakube_core.settings.kubeconfig import check_nothing_named, contexts, current_context, kubeconfig_files

if TYPE_CHECKING:
    from solakube_core.settings.settings import Settings


def cluster_of(context: str) -> str:
    """Return what the cluster of a context is called: a context may be named like a path, a cluster is a folder."""
    return context.replace("/", "-")


def target(values: Mapping[str, str], home: Path) -> str:
    """Return the context of SK_CONTEXT, else the one that is called like SK_CLUSTER, else the current one; "" for none.

    Args:
        values: the settings as far as they are known.
        home: the user's home folder.
    """
    if named := values.get("SK_CONTEXT"):
        return named
    files = kubeconfig_files(values, home)
    current, cluster = current_context(files), values.get("SK_CLUSTER")
    if cluster in (None, "", current):
        return current
    with suppress(SolakubeError):  # A kubeconfig that cannot be used is told where it is going to be.
        alike = [name for name in contexts(files) if cluster_of(name) == cluster]
        # `a/b` and `a-b` may both be there: the one that is called just so is meant, and of several others none.
        if cluster in alike:
            return cluster
        if len(alike) == 1:
            return alike[0]
    return current


def check_target(settings: Settings, home: Path) -> None:
    """Make sure that somebody said that the context is the cluster's.

    One that merely is the current one leads to wherever kubectl was last pointed: the settings of one cluster would
    go to another. A kubeconfig that was named and that knows one cluster alone leaves no doubt.

    Raises:
        SolakubeError: nobody did.
    """
    cluster, context, values = settings.cluster, settings.context, settings.environment()
    if not context or settings.get("SK_CONTEXT") or cluster_of(context) == cluster:
        return
    known = contexts(kubeconfig_files(values, home))
    if settings.get("KUBECONFIG") and len({entry.cluster for entry in known.values()}) == 1:
        return
    from difflib import get_close_matches

    near = get_close_matches(cluster, known, 1)
    raise SolakubeError(
        f"no context of the kubeconfig is called {cluster}" + (f"; did you mean {near[0]}?" if near else ""),
        f"the settings are {cluster}'s, and the current context is {context}; there are: {listed(known)}",
        f"if {context} is the context of cluster {cluster}, tie them by a line in ~/.solakube/{cluster}/variables.sh: "
        f"cexport SK_CONTEXT {shlex.quote(context)}; else name the right one there, or by --context for this once",
    )


def check_local(settings: Settings, home: Path) -> None:
    """Make sure that nobody named a cluster, where no kubeconfig leads to one.

    Raises:
        SolakubeError: a kubeconfig was named or exists, or SK_CLUSTER names a cluster.
    """
    check_nothing_named(settings.environment(), home)
    if settings.origin("SK_CLUSTER").kind == "detected" or settings.cluster == "local":
        return
    raise SolakubeError(
        f"no kubeconfig leads to cluster {settings.cluster}",
        f"SK_CLUSTER names it ({settings.origin('SK_CLUSTER')}), and there is no ~/.kube/config",
        f"name one by a line in ~/.solakube/{settings.cluster}/variables.sh: cexport KUBECONFIG FILE; "
        "or set SK_CLUSTER_TYPE=local to work on this machine",
    )


def listed(names: Iterable[str]) -> str:
    """Return the names of contexts as a text."""
    return ", ".join(sorted(names)) or "none"
