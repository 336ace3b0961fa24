"""Which of the wanted storage classes is taken. Pure: values in, a value out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from solakube_core.plugin import (
    Candidate,
    Claim,
    Problem,
    StorageChoice,
    StorageClass,
    StorageOffer,
    StorageRequest,
    parse_quantity,
    variable_of,
)
from solakube_storage.preferences import DEFAULT, Preference


def choose(request: StorageRequest, wanted: Sequence[Preference], offer: StorageOffer) -> StorageChoice:
    """Return the first wanted class that is available; a claim that exists keeps its own.

    Args:
        request: what the component asks for.
        wanted: most wanted first.
        offer: what the place has.
    """
    if problem := _size_problem(request):
        return StorageChoice("", request.size, problems=(problem,))
    if offer.sole:
        return StorageChoice("", request.size, reason=offer.sole)
    if offer.claim is not None:
        return _kept(request, wanted, offer, offer.claim)
    candidates = _judged(wanted, offer)
    taken = next((candidate for candidate in candidates if candidate.taken), None)
    if taken is None:
        return _none(request, candidates, offer)
    reason = f"{taken.name} from {taken.source}: {taken.why}"
    return StorageChoice(taken.name, request.size, candidates, reason)


def _size_problem(request: StorageRequest) -> Problem | None:
    try:
        if parse_quantity(request.size) > 0:
            return None
    except ValueError:
        pass
    return Problem(
        f"the volume's size {request.size!r} is no Kubernetes quantity",
        "a number with a unit is needed, such as 10Gi (binary) or 10G (decimal)",
        f"correct {variable_of(request.component, 'PVC_SIZE')}, or persistence.size in chart-values.yaml",
    )


def _judged(wanted: Sequence[Preference], offer: StorageOffer) -> tuple[Candidate, ...]:
    """Judge the classes in order, up to the one that is taken."""
    candidates: list[Candidate] = []
    for preference in wanted:
        candidates.append(_candidate(preference, offer))
        if candidates[-1].taken:
            break
    return tuple(candidates)


def _candidate(preference: Preference, offer: StorageOffer) -> Candidate:
    default = _default_class(offer.classes) if preference.name == DEFAULT else None
    name = default.name if default else preference.name
    obstacle = _obstacle(name, offer)
    if obstacle:
        return Candidate(name, preference.source, taken=False, why=obstacle)
    why = "the cluster's default class" if default else "the first that is available"
    return Candidate(name, preference.source, taken=True, why=why)


def _default_class(classes: Sequence[StorageClass]) -> StorageClass | None:
    """Return the default class; of several the newest, as Kubernetes itself takes it for a claim without one.

    Source: Kubernetes documentation, Storage Classes, "Default StorageClass"; of one age, the first by name.
    """
    by_name = sorted((entry for entry in classes if entry.default), key=lambda entry: entry.name)
    return max(by_name, key=lambda entry: entry.created, default=None)


def _obstacle(name: str, offer: StorageOffer) -> str:
    """Tell why a class can't be taken, "" when it can. Only the exact name counts."""
    found = next((entry for entry in offer.classes if entry.name == name), None)
    if found is None:
        return _absence(name, offer)
    if _is_csi(found, offer) and found.provisioner not in offer.ready_drivers:
        return f"its CSI driver {found.provisioner} is registered on no node"
    return ""


def _absence(name: str, offer: StorageOffer) -> str:
    if name == DEFAULT:
        return "the cluster marks no class as its default"
    alike = sorted(entry.name for entry in offer.classes if name in entry.name)
    return "not in the cluster" + (f" ({', '.join(alike)} is another class)" if alike else "")


def _is_csi(storage_class: StorageClass, offer: StorageOffer) -> bool:
    """Whether the provisioner is a CSI driver: only those register on nodes."""
    return storage_class.provisioner in offer.csi_drivers


def _kept(request: StorageRequest, wanted: Sequence[Preference], offer: StorageOffer, claim: Claim) -> StorageChoice:
    """Keep an existing claim's class: it can't be changed, whatever the lists say now."""
    better = next((entry for entry in _judged(wanted, offer) if entry.taken), None)
    note = ""
    if better is not None and better.name != claim.storage_class:
        note = f"; the lists would take {better.name} now, but the class of a claim can't be changed"
    reason = f"{claim.storage_class or 'no class'}: {claim.ref} exists and keeps its class{note}"
    kept = Candidate(claim.storage_class, "existing claim", taken=True, why="a claim keeps its class")
    choice = StorageChoice(claim.storage_class, request.size, (kept,), reason)
    return _resized(choice, claim, offer)


def _resized(choice: StorageChoice, claim: Claim, offer: StorageOffer) -> StorageChoice:
    wanted, present = parse_quantity(choice.size), parse_quantity(claim.size)
    if wanted == present:
        # The claim's own spelling, so that 1Ti for 1024Gi is no change.
        return replace(choice, size=claim.size)
    if wanted < present:
        problem = Problem(
            f"{claim.ref} can't shrink from {claim.size} to {choice.size}",
            "Kubernetes can only expand volumes",
            f"leave the size at {claim.size}, or above",
        )
        return replace(choice, problems=(problem,))
    if not offer.seen:
        return replace(choice, reason=f"{choice.reason}; whether it can be expanded is for the cluster to say")
    expandable = any(entry.expandable for entry in offer.classes if entry.name == claim.storage_class)
    if expandable:
        return replace(choice, reason=f"{choice.reason}; it is expanded from {claim.size} to {choice.size}")
    problem = Problem(
        f"{claim.ref} can't be expanded from {claim.size} to {choice.size}",
        f"the storage class {claim.storage_class or '(none)'} does not allow it (allowVolumeExpansion)",
        f"leave the size at {claim.size}, or move the data to a volume of another class",
    )
    return replace(choice, problems=(problem,))


def _none(request: StorageRequest, candidates: tuple[Candidate, ...], offer: StorageOffer) -> StorageChoice:
    default = _default_class(offer.classes)
    names = sorted(f"{entry.name} (default)" if entry == default else entry.name for entry in offer.classes)
    there = ", ".join(names) or "none at all"
    table = "; ".join(f"{entry.name} ({entry.source}): {entry.why}" for entry in candidates)
    problem = Problem(
        f"no storage class for {request.component}",
        f"{table}. The cluster has: {there}",
        f"name one of the cluster's classes in {variable_of(request.component, 'STORAGE_CLASS')}, or install one",
    )
    return StorageChoice("", request.size, candidates, "no class is available", (problem,))
