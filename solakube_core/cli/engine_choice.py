"""Which engine carries plans out. Each is imported only when it is the one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from solakube_core.engine import Engine, Progress, Site
from solakube_core.errors import SolakubeError
from solakube_core.settings.target import check_local, check_target

if TYPE_CHECKING:
    from solakube_core.model import Manifest, Observation
    from solakube_core.settings import Settings


def choose_engine(
    settings: Settings,
    kubeconfig: str | None,
    context: str | None,
    progress: Progress,
    observe: Callable[[Manifest, Site], Observation | None],
) -> Engine:
    """Return the engine for SK_CLUSTER_TYPE: `local` for a single machine, Kubernetes for every other word.

    Args:
        kubeconfig, context: the options of the command line, with which the settings were loaded.
        progress: is told when the engine was not chosen by the user.
        observe: asks the plugins how an object of one of their kinds is doing.

    Raises:
        SolakubeError: a kubeconfig or a context was named that cannot be used, or that `local` has no use for; or the
            context is not known to be the cluster's.
    """
    if "" in (kubeconfig, context):
        raise SolakubeError("--kubeconfig or --context is empty", "", "name one, or leave the option out")
    if settings.cluster_type != "local":
        from solakube_core.kube import connect

        check_target(settings, Path.home())
        return connect(settings.get("KUBECONFIG"), settings.context or None, progress.say, observe)
    from solakube_core.local import open_engine

    if settings.origin("SK_CLUSTER_TYPE").kind == "detected":
        check_local(settings, Path.home())
        progress.say("no kubeconfig found: working on this machine (SK_CLUSTER_TYPE=local)")
    elif kubeconfig or settings.get("SK_CONTEXT"):
        raise SolakubeError(
            "--kubeconfig, --context and SK_CONTEXT have no meaning on this machine",
            f"SK_CLUSTER_TYPE=local is set ({settings.origin('SK_CLUSTER_TYPE')})",
            "leave them out, or unset SK_CLUSTER_TYPE",
        )
    return open_engine(settings)
