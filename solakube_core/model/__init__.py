"""The values that hooks take and return. All are immutable and know nothing of clusters or terminals.

Each is imported from its file when it is asked for: `sk --help` needs one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solakube_core.model.addresses import Address as Address
    from solakube_core.model.addresses import node_host as node_host
    from solakube_core.model.commands import Command as Command
    from solakube_core.model.components import Backend as Backend
    from solakube_core.model.components import Component as Component
    from solakube_core.model.maintenance import Layout as Layout
    from solakube_core.model.maintenance import Maintenance as Maintenance
    from solakube_core.model.maintenance import Program as Program
    from solakube_core.model.maintenance import Schedule as Schedule
    from solakube_core.model.maintenance import Task as Task
    from solakube_core.model.objects import CREATED_ANNOTATION as CREATED_ANNOTATION
    from solakube_core.model.objects import DATA_ANNOTATION as DATA_ANNOTATION
    from solakube_core.model.objects import Access as Access
    from solakube_core.model.objects import Manifest as Manifest
    from solakube_core.model.objects import ObjectRef as ObjectRef
    from solakube_core.model.observation import Cause as Cause
    from solakube_core.model.observation import Observation as Observation
    from solakube_core.model.plan import ANYTHING as ANYTHING
    from solakube_core.model.plan import Adoptable as Adoptable
    from solakube_core.model.plan import Await as Await
    from solakube_core.model.plan import Change as Change
    from solakube_core.model.plan import Configuration as Configuration
    from solakube_core.model.plan import Exposure as Exposure
    from solakube_core.model.plan import File as File
    from solakube_core.model.plan import Plan as Plan
    from solakube_core.model.plan import Probe as Probe
    from solakube_core.model.plan import Service as Service
    from solakube_core.model.storage import Candidate as Candidate
    from solakube_core.model.storage import Claim as Claim
    from solakube_core.model.storage import StorageChoice as StorageChoice
    from solakube_core.model.storage import StorageClass as StorageClass
    from solakube_core.model.storage import StorageOffer as StorageOffer
    from solakube_core.model.storage import StorageRequest as StorageRequest

PUBLIC: Mapping[str, tuple[str, ...]] = {
    "solakube_core.model.addresses": ("Address", "node_host"),
    "solakube_core.model.commands": ("Command",),
    "solakube_core.model.components": ("Backend", "Component"),
    "solakube_core.model.maintenance": ("Layout", "Maintenance", "Program", "Schedule", "Task"),
    "solakube_core.model.objects": ("CREATED_ANNOTATION", "DATA_ANNOTATION", "Access", "Manifest", "ObjectRef"),
    "solakube_core.model.observation": ("Cause", "Observation"),
    "solakube_core.model.plan": (
        "ANYTHING",
        "Adoptable",
        "Await",
        "Change",
        "Configuration",
        "Exposure",
        "File",
        "Plan",
        "Probe",
        "Service",
    ),
    "solakube_core.model.storage": (
        "Candidate",
        "Claim",
        "StorageChoice",
        "StorageClass",
        "StorageOffer",
        "StorageRequest",
    ),
}
"""The names by the files that hold them."""

_PLACES = {name: place for place, names in PUBLIC.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"{__name__} has no {name!r}")
    # Remembered, so that each is looked up once.
    value = globals()[name] = getattr(import_module(_PLACES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(_PLACES)
