"""Kinds that a plan brings itself: by its CustomResourceDefinitions, beside objects of them."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable

from solakube_core.engine import Progress
from solakube_core.errors import SolakubeError
from solakube_core.kube.client.api import Api
from solakube_core.model import Manifest

DEFINITION = "CustomResourceDefinition"

_PAUSE = 0.2

Kind = tuple[str, str]
"""apiVersion and kind."""


def brought(objects: Iterable[Manifest]) -> dict[Kind, bool]:
    """Return the kinds that definitions among the objects bring, and whether they live in namespaces."""
    return {
        (f"{spec['group']}/{version['name']}", spec["names"]["kind"]): spec["scope"] == "Namespaced"
        for spec in (item["spec"] for item in objects if item["kind"] == DEFINITION)
        for version in spec["versions"]
        if version.get("served")
    }


def await_known(api: Api, objects: Collection[Manifest], progress: Progress, deadline: float) -> None:
    """Wait until the server serves all kinds that the objects bring and that are among them.

    Args:
        deadline: on the clock of time.monotonic().

    Raises:
        SolakubeError: it does not in time.
    """
    needed = {(item["apiVersion"], item["kind"]) for item in objects} & brought(objects).keys()
    while unknown := [kind for kind in sorted(needed) if api.resource(*kind) is None]:
        if time.monotonic() > deadline:
            raise SolakubeError(
                f"the cluster does not know the kind {unknown[0][1]} of {unknown[0][0]} yet",
                "its CustomResourceDefinition was applied, and the API server has not taken it up in time",
                "see its conditions by `kubectl describe crd`, and run the same command again",
            )
        progress.now(f"waiting until the cluster knows the kind {unknown[0][1]}")
        time.sleep(_PAUSE)
        api.ask_kinds_anew()
