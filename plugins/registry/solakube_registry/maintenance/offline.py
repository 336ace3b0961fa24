"""Garbage collection by distribution's own collector, made safe: nothing can be pushed while it runs."""

from __future__ import annotations

from collections.abc import Callable

from solakube_core.plugin import Engine, Lifecycle, Progress, Settings, SolakubeError
from solakube_registry.maintenance.regtool import registry_program
from solakube_registry.naming import COMPONENT, CONTAINER_LAYOUT


def collect_offline(
    lifecycle: Lifecycle, progress: Progress, stored_bytes: Callable[[], int], forget_untagged: Callable[[], None]
) -> int:
    """Roll the registry to read-only, collect, and roll it back. Pulls go on all the while.

    The registry is rolled back whatever happens in between; should this program itself be killed, the next
    `sk deploy registry` does it, and until then pushes are refused, never lost.

    Args:
        lifecycle: rolls the registry.
        progress: told what is going on.
        stored_bytes: measures the blob store.
        forget_untagged: drops the links to manifests that no tag reaches, which the collector would keep.

    Returns:
        Bytes that were freed.

    Raises:
        SolakubeError: the registry could not be rolled, or the collector failed.
    """
    if stored_bytes() == 0:
        # The collector fails on a registry that has never been pushed to.
        return 0
    progress.say("rolling the registry to read-only: pulls go on, pushes wait for their turn")
    lifecycle.carry_out(lifecycle.prepare(COMPONENT, {"REGISTRY_READ_ONLY": "Y"}), progress)
    try:
        before = stored_bytes()
        forget_untagged()
        _collect(lifecycle.engine, lifecycle.settings, progress)
        freed = before - stored_bytes()
    finally:
        progress.say("rolling the registry back")
        lifecycle.carry_out(lifecycle.prepare(COMPONENT), progress)
    return freed


def _collect(engine: Engine, settings: Settings, progress: Progress) -> None:
    config = f"{engine.site.layout(COMPONENT, CONTAINER_LAYOUT).config}/config.yml"
    execution = engine.run(registry_program(settings), ("garbage-collect", config))
    for line in execution:
        progress.now(line)
    if execution.exit_code:
        raise SolakubeError(
            "distribution's garbage-collect failed; nothing that a tag reaches was removed",
            execution.errors.strip()[-1000:],
            "look at the entry that it names in the registry's data; `sk registry list` skips such entries",
        )
