"""The settings of the maintenance."""

from __future__ import annotations

from solakube_core.plugin import Variable

ASK, KEEP, IGNORE = "ask", "keep", "ignore"

MAINTENANCE_VARIABLES = (
    Variable("REGISTRY_GC_SCHEDULE", None, "when to prune and collect, such as '30 3 * * *'", "cron"),
    Variable("REGISTRY_GC_GRACE", "1h", "collect: what was used so lately stays", "duration"),
    Variable("REGISTRY_UNDO_PERIOD", "1d", "a tag that was deleted or moved can be brought back so long", "duration"),
    Variable("REGISTRY_GC_UNTAGGED_GRACE", "1d", "collect: what was pushed by digest waits so long", "duration"),
)

HOLDER_VARIABLES = (
    Variable(
        "REGISTRY_GC_CLUSTER",
        ASK,
        "collect: ask the cluster which images it names; or keep all that is untagged; or ignore what it names",
        choices=(ASK, KEEP, IGNORE),
    ),
    Variable("REGISTRY_HOLDER_KINDS", None, "further kinds that name images: GROUP/VERSION/PLURAL, ...", "list"),
)
