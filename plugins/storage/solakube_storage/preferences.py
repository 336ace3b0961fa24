"""Which storage classes are wanted, in which order, and who says so."""

from __future__ import annotations

from dataclasses import dataclass

from solakube_core.plugin import Settings, StorageRequest, variable_of

DEFAULT = "default"
"""An entry that stands for the class that the cluster itself marks as its default."""

BUILT_IN = ("rook-ceph-block", "hcloud-volumes", "openebs-hostpath", "standard")
"""SolaKube's own list, as it always was."""


@dataclass(frozen=True)
class Preference:
    """A storage class that is wanted.

    Attributes:
        name: its exact name, or `DEFAULT`.
        source: the list it stands in.
    """

    name: str
    source: str


def preferences(request: StorageRequest, settings: Settings) -> tuple[Preference, ...]:
    """Return the wanted classes, most wanted first, each once.

    The first list that is set holds alone: who names classes wants no other. The built-in list, and behind it the
    cluster's default class, is for those who named none (the original's checkStorageClass does not cascade either).
    """
    own = variable_of(request.component, "STORAGE_CLASS")
    lists = (
        ("chart-values.yaml", request.wanted),
        (own, settings.items_of(own)),
        ("DEFAULT_STORAGE_CLASS", settings.items_of("DEFAULT_STORAGE_CLASS")),
        ("built-in list", (*BUILT_IN, DEFAULT)),
    )
    source, names = next((source, names) for source, names in lists if names)
    return tuple(Preference(name, source) for name in dict.fromkeys(names))
