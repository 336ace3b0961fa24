"""Which registry an application pulls its images from."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from solakube_core.plugin import SolakubeError

if TYPE_CHECKING:
    from solakube_core.plugin import Settings

_APP = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class PrivateRegistry:
    """A registry with the login for it.

    Attributes:
        fqn: host, with the port unless it is 443: what image names begin with.
        username: "" where no login is needed.
        password: of that user.
        reason: why it is this one, as a sentence that begins with the source.
        deployed: it is the one that SolaKube deployed here, of which the login is the admin's.
    """

    fqn: str
    username: str
    password: str = field(repr=False)
    reason: str
    deployed: bool = False


def choose(app: str, settings: Settings, in_cluster: Callable[[], PrivateRegistry | None]) -> PrivateRegistry:
    """Choose the private registry of an application.

    The application's own <APP>_PRIVATE_REGISTRY_FQN wins, then DEFAULT_PRIVATE_REGISTRY_FQN, then the registry
    in the cluster. User name and password always come from where the FQN came from, even if they are empty
    there: a password must never be sent to another registry than it was meant for.

    Args:
        app: the application; "" for the choice that holds for all without one of their own.
        settings: where the variables stand.
        in_cluster: finds the registry in the cluster; called only when no variable decides.

    Raises:
        SolakubeError: the name cannot be that of an application, or there is no private registry.
    """
    sources = ([f"{_prefix(app)}_PRIVATE_REGISTRY"] if app else []) + ["DEFAULT_PRIVATE_REGISTRY"]
    for source in sources:
        if fqn := settings.get(f"{source}_FQN"):
            return PrivateRegistry(
                fqn,
                settings.get(f"{source}_USERNAME") or "",
                settings.get(f"{source}_PASSWORD") or "",
                f"{source}_FQN is set",
            )
    if found := in_cluster():
        return found
    unset = " and ".join(f"{source}_FQN" for source in sources)
    raise SolakubeError(
        "there is no private registry",
        f"{unset} {'are' if len(sources) > 1 else 'is'} not set, and no registry is deployed here",
        "set one, or deploy a registry: sk deploy registry",
    )


def _prefix(app: str) -> str:
    """Return the application's name as variables have it: upper-case, with underscores for dashes."""
    if not _APP.fullmatch(app):
        raise SolakubeError(
            f"{app!r} cannot be the name of an application",
            "its variables could not be set: it takes letters, digits, dashes and underscores, a letter first",
            "name it as its variables do, such as my-app for MY_APP_PRIVATE_REGISTRY_FQN",
        )
    return app.upper().replace("-", "_")
