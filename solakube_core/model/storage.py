"""The question of which storage class a component gets, and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solakube_core.errors import Problem

if TYPE_CHECKING:
    from solakube_core.model.objects import ObjectRef


@dataclass(frozen=True)
class StorageClass:
    """A kind of volume that the cluster offers (storage.k8s.io/v1 StorageClass).

    Attributes:
        name: its exact name.
        provisioner: who makes the volumes; the driver's name where that is a CSI driver.
        default: carries the annotation storageclass.kubernetes.io/is-default-class.
        expandable: allowVolumeExpansion.
        created: metadata.creationTimestamp, an RFC 3339 time in UTC; "" where it is not known.
    """

    name: str
    provisioner: str
    default: bool = False
    expandable: bool = False
    created: str = ""


@dataclass(frozen=True)
class Claim:
    """A PersistentVolumeClaim that is already there.

    Attributes:
        ref: its name.
        storage_class: what it was made with; "" when it names none.
        size: the requested quantity, such as "10Gi".
        phase: Pending, Bound or Lost.
    """

    ref: ObjectRef
    storage_class: str
    size: str
    phase: str


@dataclass(frozen=True)
class StorageOffer:
    """What the place of deployment has to offer for one claim.

    Attributes:
        classes: the storage classes of the cluster.
        csi_drivers: names of all CSIDriver objects: what tells a CSI provisioner from an external one.
        ready_drivers: names of the CSI drivers registered on at least one node (CSINode objects).
        claim: the component's claim, if it exists already.
        sole: set where there is nothing to choose (one machine: a folder): what it is, in words.
        seen: whether classes and drivers could be looked at; False is only where there is a claim.
    """

    classes: tuple[StorageClass, ...] = ()
    csi_drivers: frozenset[str] = frozenset()
    ready_drivers: frozenset[str] = frozenset()
    claim: Claim | None = None
    sole: str = ""
    seen: bool = True


@dataclass(frozen=True)
class StorageRequest:
    """What a component asks for.

    Attributes:
        component: who asks, such as "registry".
        claim: the name its claim has or will have.
        size: a Kubernetes quantity, such as "10Gi".
        wanted: storage classes that the component's own values name, most wanted first; they hold instead of
            the lists of the settings. Empty: the settings decide.
    """

    component: str
    claim: ObjectRef
    size: str
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """One storage class that was considered.

    Attributes:
        name: the class.
        source: the list it stands in, such as "REGISTRY_STORAGE_CLASS".
        taken: whether it was chosen.
        why: why it was taken or passed over.
    """

    name: str
    source: str
    taken: bool
    why: str


@dataclass(frozen=True)
class StorageChoice:
    """The answer to a `StorageRequest`.

    Attributes:
        storage_class: the class to name in the claim; "" where there is none to name.
        size: the size to ask for, a Kubernetes quantity.
        candidates: all that were considered, in order.
        reason: the outcome in one sentence.
        problems: why there is no usable answer; the deployment then stops before anything is created.
    """

    storage_class: str
    size: str
    candidates: tuple[Candidate, ...] = ()
    reason: str = ""
    problems: tuple[Problem, ...] = ()
