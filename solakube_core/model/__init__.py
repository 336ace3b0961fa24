"""The values that hooks take and return. All are immutable and know nothing of clusters or terminals."""

from __future__ import annotations

from solakube_core.model.addresses import Address, node_host
from solakube_core.model.commands import Command
from solakube_core.model.maintenance import Layout, Maintenance, Program, Schedule, Task
from solakube_core.model.objects import CREATED_ANNOTATION, DATA_ANNOTATION, Access, Manifest, ObjectRef
from solakube_core.model.observation import Cause, Observation
from solakube_core.model.plan import (
    ANYTHING,
    Adoptable,
    Await,
    Backend,
    Change,
    Component,
    Configuration,
    Exposure,
    File,
    Plan,
    Probe,
    Service,
)
from solakube_core.model.storage import (
    Candidate,
    Claim,
    StorageChoice,
    StorageClass,
    StorageOffer,
    StorageRequest,
)

__all__ = [
    "ANYTHING",
    "CREATED_ANNOTATION",
    "DATA_ANNOTATION",
    "Access",
    "Address",
    "Adoptable",
    "Await",
    "Backend",
    "Candidate",
    "Cause",
    "Change",
    "Claim",
    "Command",
    "Component",
    "Configuration",
    "Exposure",
    "File",
    "Layout",
    "Maintenance",
    "Manifest",
    "ObjectRef",
    "Observation",
    "Plan",
    "Probe",
    "Program",
    "Schedule",
    "Service",
    "StorageChoice",
    "StorageClass",
    "StorageOffer",
    "StorageRequest",
    "Task",
    "node_host",
]
