"""Whether each node can pull from the registry, asked of the node itself."""

from __future__ import annotations

from solakube_registry.private.doctor.checks import CHECKS, Diagnosis, Finding
from solakube_registry.private.doctor.examination import Examination

__all__ = ["CHECKS", "Diagnosis", "Examination", "Finding"]
