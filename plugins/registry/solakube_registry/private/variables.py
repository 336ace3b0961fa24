"""The settings that choose a private registry."""

from __future__ import annotations

from solakube_core.plugin import Variable


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
