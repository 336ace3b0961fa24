"""The settings of what applications pull from, and of who is told of it."""

from __future__ import annotations

from solakube_core.plugin import Variable

ANNOUNCE = "REGISTRY_ANNOUNCE"
SCHEDULE, GRACE = "REGISTRY_ROTATE_SCHEDULE", "REGISTRY_ROTATE_GRACE"


def variables() -> tuple[Variable, ...]:
    """Declare them. The same three hold for one application with its name in front instead of DEFAULT."""
    return (
        Variable(
            "DEFAULT_PRIVATE_REGISTRY_FQN",
            None,
            "host[:port] of the registry that applications pull from; not set: the one in the cluster",
            "string",
        ),
        Variable("DEFAULT_PRIVATE_REGISTRY_USERNAME", None, "user name for it", "string"),
        Variable("DEFAULT_PRIVATE_REGISTRY_PASSWORD", None, "password for it", "string", secret=True),
    )


ANNOUNCING_VARIABLES = (Variable(ANNOUNCE, "N", "let Tilt and its like find the registry (KEP-1755)", "boolean"),)

ROTATION_VARIABLES = (
    Variable(SCHEDULE, None, "when namespaces that may pull get new logins, such as '0 4 * * 0'", "cron"),
    Variable(GRACE, "1h", "so long their old logins still hold then", "duration"),
)
