"""Which storage classes are wanted, in which order, and who says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from solakube_core.model import StorageRequest
from solakube_core.settings import Settings

BUILT_IN = ("rook-ceph-block", "hcloud-volumes", "openebs-hostpath", "standard")
"""SolaKube's own list, as it always was."""


@dataclass(frozen=True)
class Preference:
    """A storage class that is wanted.

    Attributes:
        name: its exact name.
        source: the list it stands in.
    """

    name: str
    source: str


def preferences(request: StorageRequest, settings: Settings) -> tuple[Preference, ...]:
    """Return the wanted classes, most wanted first, each once.

    The lists cascade: where none of the component's own classes is there, the default list is tried, and
    after it the built-in one.
    """
    own = f"{request.component.upper().replace('-', '_')}_STORAGE_CLASS"
    lists = (
        ("chart-values.yaml", request.wanted),
        (own, settings.items_of(own)),
        ("DEFAULT_STORAGE_CLASS", settings.items_of("DEFAULT_STORAGE_CLASS")),
        ("built-in list", BUILT_IN),
    )
    return tuple(_once(Preference(name, source) for source, names in lists for name in names))


def _once(wanted: Iterator[Preference]) -> Iterator[Preference]:
    seen: set[str] = set()
    for preference in wanted:
        if preference.name not in seen:
            seen.add(preference.name)
            yield preference
