"""A private registry as shell code that is safe to `eval`."""

from __future__ import annotations

import shlex

from solakube_registry.private.choice import PrivateRegistry


def export_lines(registry: PrivateRegistry, show_secret: bool) -> tuple[str, ...]:
    """Return export commands for PRIVATE_REGISTRY_FQN, _USERNAME and, if asked for, _PASSWORD.

    Whatever the values hold, a POSIX shell takes them literally.
    """
    values = {"FQN": registry.fqn, "USERNAME": registry.username}
    if show_secret:
        values["PASSWORD"] = registry.password
    return tuple(f"export PRIVATE_REGISTRY_{name}={shlex.quote(value)}" for name, value in values.items())
