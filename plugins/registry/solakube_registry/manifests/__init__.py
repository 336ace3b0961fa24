"""The Kubernetes objects of the registry. Pure: settings and values in, plain objects out."""

from __future__ import annotations

from solakube_registry.manifests.objects import registry_objects

__all__ = ["registry_objects"]
