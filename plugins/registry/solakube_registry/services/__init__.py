"""The registry on a machine without Kubernetes: the same programs with the same configuration."""

from __future__ import annotations

from solakube_registry.services.front import registry_services
from solakube_registry.services.regtool import regtool_service

__all__ = ["registry_services", "regtool_service"]
