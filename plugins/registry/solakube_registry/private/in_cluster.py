"""The registry that SolaKube deployed, as a private registry for applications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solakube_core.plugin import Address, ObjectRef
from solakube_registry.naming import COMPONENT, USERNAME, Names
from solakube_registry.private.choice import PrivateRegistry
from solakube_registry.users.admin import admin_password

if TYPE_CHECKING:
    from collections.abc import Callable

    from solakube_core.plugin import Engine, Settings, Site


def find(settings: Settings, engine: Engine, address: Callable[[], Address | None]) -> PrivateRegistry | None:
    """Return the deployed registry; None where there is none.

    Args:
        settings: tell its name and the password.
        engine: where it may be.
        address: tells where users reach it; called only when it is deployed.
    """
    names = Names.of(settings)
    if not engine.status(COMPONENT, names.namespace).deployed:
        return None
    if exposed := address():
        return _registry(settings, engine.site, exposed.host, f"{COMPONENT} is deployed here and exposed")
    service = engine.site.get(ObjectRef("v1", "Service", names.full, names.namespace)) or {}
    cluster_ip = service.get("spec", {}).get("clusterIP")
    if cluster_ip not in (None, "", "None"):
        reason = f"{COMPONENT} is deployed here but not exposed: by its cluster address, plain HTTP, which nodes "
        fqn = Address.of("http", cluster_ip, names.backend.port).host
        return _registry(settings, engine.site, fqn, reason + "must be told to trust")
    return None


def _registry(settings: Settings, site: Site, fqn: str, reason: str) -> PrivateRegistry:
    return PrivateRegistry(fqn, USERNAME, admin_password(settings, site), reason, deployed=True)
