"""What runs on a schedule, by the settings: pruning, where there is a retention policy, and collecting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from solakube_regtool.errors import RegtoolError
from solakube_regtool.retention import rules as retention

from solakube_core.plugin import Problem, Schedule, Settings, Site
from solakube_registry.chart.values import RegistryValues
from solakube_registry.maintenance import holders
from solakube_registry.maintenance.regtool import beside_images, metrics_address
from solakube_registry.maintenance.retention import RETENTION_VARIABLES, rules
from solakube_registry.maintenance.variables import ASK, KEEP

NAME = "maintenance"


def cron(settings: Settings) -> str:
    """Return when it runs; "" for never."""
    return settings.get("REGISTRY_GC_SCHEDULE") or ""


def asks_cluster(settings: Settings) -> bool:
    """Tell whether a run asks the cluster which images it names."""
    return bool(cron(settings)) and settings.require("REGISTRY_GC_CLUSTER") == ASK


def policy(settings: Settings) -> dict[str, Any]:
    """Return what `solakube_regtool.commands.trigger` reads."""
    return {
        **_order(settings),
        "cluster": settings.require("REGISTRY_GC_CLUSTER"),
        "kinds": [f"{kind.api_version}/{kind.resource}" for kind in holders.kinds(settings)],
    }


def _order(settings: Settings) -> dict[str, Any]:
    """Return what `solakube_regtool.commands.maintain` reads, but for who holds images."""
    return {
        "rules": rules(settings, None),
        "grace": settings.require("REGISTRY_GC_GRACE"),
        "untagged_grace": settings.require("REGISTRY_GC_UNTAGGED_GRACE"),
        "undo_period": settings.require("REGISTRY_UNDO_PERIOD"),
        "addresses": holders.addresses(settings),
    }


def schedules(settings: Settings, site: Site, values: RegistryValues, has_reader: bool = False) -> tuple[Schedule, ...]:
    """Return the schedule of a machine without Kubernetes: nobody holds images there.

    Args:
        values: tell where the images are.
        has_reader: a process of its own serves pulls.
    """
    if not cron(settings):
        return ()
    arguments = ("maintain", "--dated", "--metrics", metrics_address(settings, site))
    order = json.dumps({**_order(settings), "held": {}})
    program = beside_images(settings, site, values, has_reader)
    return (Schedule(NAME, cron(settings), program, arguments, order),)


def problems(settings: Settings) -> Iterator[Problem]:
    """Tell now what would only fail at night."""
    if not cron(settings) or any(settings.problems(RETENTION_VARIABLES)):
        # What does not fit is told by its own name.
        return
    if rules(settings, None) and settings.require("REGISTRY_GC_CLUSTER") == KEEP:
        why = "no tag is deleted without knowing which images the cluster names"
        remedy = f"set REGISTRY_GC_CLUSTER={ASK}, or take the rules of retention out"
        yield Problem(f"REGISTRY_GC_CLUSTER={KEEP} does not go with REGISTRY_RETENTION_*", why, remedy)
    try:
        for rule in rules(settings, None):
            retention.rule(rule)
    except RegtoolError as error:
        yield Problem(f"REGISTRY_GC_SCHEDULE cannot be kept: {error.what}", error.why, error.hint)
