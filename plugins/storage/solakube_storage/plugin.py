"""The storage plugin's answers to SolaKube's hooks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from solakube_core.plugin import hookimpl

if TYPE_CHECKING:
    from solakube_core.plugin import Command, Settings, StorageChoice, StorageOffer, StorageRequest, Variable


@hookimpl
def variables() -> Iterable[Variable]:
    """Declare the list that holds for every component without one of its own."""
    from solakube_core.plugin import Variable

    return [Variable("DEFAULT_STORAGE_CLASS", None, "storage classes of all components, most wanted first", "list")]


@hookimpl
def commands() -> Iterable[Command]:
    """Add `sk storage`."""
    from solakube_core.plugin import Command

    return [Command("storage", "Tell which storage class a component gets, and why.", "solakube_storage.cli:storage")]


@hookimpl(trylast=True)
def storage_class(request: StorageRequest, settings: Settings, offer: StorageOffer) -> StorageChoice:
    """Choose the storage class, unless another plugin does."""
    from solakube_storage.choice import choose
    from solakube_storage.preferences import preferences

    return choose(request, preferences(request, settings), offer)
