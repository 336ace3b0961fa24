"""What a component owns and its plan does not want any more."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from solakube_core.kube.client.api import Api
from solakube_core.kube.holdings.inventory import Inventory
from solakube_core.kube.objects.ownership import component_of, outlives
from solakube_core.model import ObjectRef


@dataclass(frozen=True)
class Surplus:
    """Objects that are there and not wanted.

    Attributes:
        goes: what is removed.
        stays: what is not, because it holds data, or others' things.
    """

    goes: tuple[ObjectRef, ...]
    stays: tuple[ObjectRef, ...]


def surplus(api: Api, recorded: Inventory, wanted: Container[ObjectRef]) -> Surplus:
    """Divide what is recorded and not wanted. What has lost our label has found another owner: it is in no part."""
    found = api.get_many(ref for ref in recorded.refs if ref not in wanted)
    owned = {ref: live for ref, live in found.items() if component_of(live) == recorded.component}
    return Surplus(
        goes=tuple(ref for ref, live in owned.items() if not outlives(live)),
        stays=tuple(ref for ref, live in owned.items() if outlives(live)),
    )
