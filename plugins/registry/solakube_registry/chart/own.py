"""Whether there is a chart-values.yaml at all: most have none, and to read ours takes a tenth of a second."""

from __future__ import annotations

from pathlib import Path

from solakube_registry.naming import COMPONENT


def has_own_values(roots: tuple[Path, ...]) -> bool:
    """Tell whether anybody has a chart-values.yaml of his own."""
    return any((root / "deployment" / COMPONENT / "chart-values.yaml").is_file() for root in roots)
