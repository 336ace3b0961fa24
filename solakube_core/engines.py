"""Which engine carries plans out. Each is imported only when it is the one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from solakube_core.engine import Engine, Progress
from solakube_core.errors import SolakubeError
from solakube_core.settings.cluster import check_nothing_named

if TYPE_CHECKING:
    from solakube_core.settings import Settings


def choose_engine(settings: Settings, kubeconfig: str | None, context: str | None, progress: Progress) -> Engine:
    """Return the engine for SK_CLUSTER_TYPE: `local` for a single machine, Kubernetes for every other word.

    Args:
        kubeconfig: path of the kubeconfig, None for the usual places.
        context: its context, None for the current one.
        progress: is told when the engine was not chosen by the user.

    Raises:
        SolakubeError: a kubeconfig or a context was named that cannot be used, or that `local` has no use for.
    """
    if "" in (kubeconfig, context):
        raise SolakubeError("--kubeconfig or --context is empty", "", "name one, or leave the option out")
    if settings.cluster_type != "local":
        from solakube_core.kube import connect

        # Of several kubeconfigs the first that names a context counts, as for kubectl; the client takes the last.
        current = None if kubeconfig else settings.context or None
        return connect(kubeconfig or settings.get("KUBECONFIG"), context or current)
    from solakube_core.local import open_engine

    if settings.origin("SK_CLUSTER_TYPE").kind == "detected":
        check_nothing_named(settings.environment(), Path.home())
        progress.say("no kubeconfig found: working on this machine (SK_CLUSTER_TYPE=local)")
    elif kubeconfig or context:
        raise SolakubeError(
            "--kubeconfig and --context have no meaning on this machine",
            f"SK_CLUSTER_TYPE=local is set ({settings.origin('SK_CLUSTER_TYPE')})",
            "leave the options out, or unset SK_CLUSTER_TYPE",
        )
    return open_engine(settings)
