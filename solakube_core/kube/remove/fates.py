"""What of a component goes when it is removed, and what stays for which reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from solakube_core.errors import SolakubeError
from solakube_core.kube.client.api import Api, Object
from solakube_core.kube.health.observing import Observe
from solakube_core.kube.holdings.inventory import Inventory
from solakube_core.kube.objects.ownership import component_of, holds_data, made_by_us, outlives
from solakube_core.kube.remove.leftovers import foreign_objects
from solakube_core.model import ObjectRef

_SHORT = {"pvc": "persistentvolumeclaim"}


@dataclass(frozen=True)
class Fates:
    """A component's objects, divided.

    Attributes:
        goes: what is removed, in that order.
        data: what stays because it holds data.
        others: what stays because others made it.
        inhabitants: what else lives in the namespace, so that it stays, too.
    """

    goes: Mapping[ObjectRef, Object]
    data: tuple[ObjectRef, ...]
    others: tuple[ObjectRef, ...]
    inhabitants: tuple[str, ...] = ()

    @property
    def stays(self) -> tuple[ObjectRef, ...]:
        """All that is still the component's afterwards."""
        return (*self.data, *self.others)


def fates(api: Api, recorded: Inventory, delete_data: bool, also: Iterable[str], observe: Observe) -> Fates:
    """Divide what a component owns. An object that has lost our label has found another owner: it is in no part.

    Args:
        also: objects that go although they would stay, as KIND/NAME.
        observe: asks the plugins what an object was made for.

    Raises:
        SolakubeError: one of these is not there.
    """
    everything = api.get_many(recorded.refs)
    live = {ref: found for ref, found in everything.items() if component_of(found) == recorded.component}
    free = {ref: found for ref, found in live.items() if ref not in _named(also, live)}
    others = tuple(ref for ref, found in free.items() if not made_by_us(found))
    data = tuple(ref for ref, found in free.items() if made_by_us(found) and holds_data(found) and not delete_data)
    goes = [ref for ref in _in_order(live) if ref not in (*others, *data)]
    if all(ref.kind != "Namespace" for ref in goes):
        return Fates({ref: live[ref] for ref in goes}, data, others)
    # What stays, and what changed hands, is in the way of the namespace like anything else in it.
    gone = [ref for ref in recorded.refs if ref not in everything]
    inhabitants = tuple(foreign_objects(api, recorded.holding([*goes, *gone]), observe))
    return Fates(
        {ref: live[ref] for ref in goes if ref.kind != "Namespace" or not inhabitants}, data, others, inhabitants
    )


def _in_order(live: Mapping[ObjectRef, Object]) -> list[ObjectRef]:
    """Return the last applied first, what holds data behind it, and at the end what holds all."""
    plain = [ref for ref in reversed(list(live)) if not holds_data(live[ref])]
    data = [ref for ref in live if holds_data(live[ref]) and ref.kind != "Namespace"]
    return [*plain, *data, *(ref for ref in live if ref.kind == "Namespace")]


def _named(names: Iterable[str], live: Mapping[ObjectRef, Object]) -> set[ObjectRef]:
    found = {name: [ref for ref in live if _is_called(ref, name)] for name in names}
    unknown = [name for name, refs in found.items() if not refs]
    if unknown:
        there = ", ".join(f"{ref.kind}/{ref.name}" for ref in live if outlives(live[ref]))
        raise SolakubeError(
            f"there is no {unknown[0]} to remove",
            f"of what is deployed these would stay: {there or 'none'}",
            "name one of them as KIND/NAME, or leave --delete-also out",
        )
    return {ref for refs in found.values() for ref in refs}


def _is_called(ref: ObjectRef, name: str) -> bool:
    """Compare as kubectl does: the kind in any case, in the counted too, and pvc for short."""
    kind, _, rest = name.partition("/")
    word = _SHORT.get(kind.lower(), kind.lower())
    return rest == ref.name and word in (ref.kind.lower(), f"{ref.kind.lower()}s")
