"""Whether there is a bucket at all: most commands need no more of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solakube_core.plugin import Settings
from solakube_registry.object_storage.variables import S3


def is_wanted(settings: Settings, values: Mapping[str, Any]) -> bool:
    """Tell whether the images go into a bucket.

    Args:
        values: the merged chart-values.yaml.
    """
    return S3 in (settings.get("REGISTRY_STORAGE"), values.get("storage"))
