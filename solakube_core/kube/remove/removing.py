"""Removing what a component owns, and waiting until it is gone."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from solakube_core.engine import Progress, Removal
from solakube_core.errors import NotDeployed, SolakubeError
from solakube_core.kube.client.api import Api, Object
from solakube_core.kube.client.outages import bridged
from solakube_core.kube.health.observing import Observe
from solakube_core.kube.holdings import inventory
from solakube_core.kube.holdings.inventory import Inventory
from solakube_core.kube.objects.kinds import may_own
from solakube_core.kube.remove.fates import Fates, fates
from solakube_core.model import ObjectRef

REMOVAL_TIMEOUT = 180.0
"""Seconds until a removal gives up: pods get 30 s to end, and a volume must be detached."""

_PAUSE = 0.3


def removal(
    api: Api, component: str, delete_data: bool, namespace: str, also: Iterable[str], observe: Observe
) -> Removal:
    """Tell what `remove` would remove, and what would stay."""
    recorded = inventory.find(api, component, namespace)
    if recorded is None:
        return Removal(())
    divided = fates(api, recorded, delete_data, also, observe)
    goes = tuple(_described(ref, found) for ref, found in divided.goes.items())
    return Removal(goes, tuple(_kept(divided)), recorded.namespace)


def remove(
    api: Api,
    component: str,
    delete_data: bool,
    progress: Progress,
    namespace: str,
    also: Iterable[str],
    observe: Observe,
) -> None:
    """Remove the component's objects; claims and the namespace only when the data is to go, too.

    Args:
        namespace: where it is; "" to look for it.
        also: what goes although it would stay, as KIND/NAME.
        observe: asks the plugins what an object was made for.

    Raises:
        SolakubeError: something does not go away, or is not there.
    """
    recorded = inventory.find(api, component, namespace)
    if recorded is None:
        absent = NotDeployed(component, api.connection.describe(namespace))
        progress.say(f"{absent.problems[0].what}: nothing to remove")
        return
    divided = fates(api, recorded, delete_data, also, observe)
    for ref in divided.goes:
        progress.now(f"removing {ref}")
        delete(api, ref)
    left = wait_gone(api, divided.goes, progress, time.monotonic() + REMOVAL_TIMEOUT)
    if left:
        raise _stuck(left)
    _close(api, recorded, divided)
    _tell_rest(recorded, divided, delete_data, progress)


def delete(api: Api, ref: ObjectRef) -> None:
    """Ask for an object's deletion."""
    # An owner that waits for what it owns (its pods) is gone only when they are.
    api.delete(ref, "Foreground" if may_own(ref) else "Background")


def wait_gone(api: Api, refs: Iterable[ObjectRef], progress: Progress, deadline: float) -> list[ObjectRef]:
    """Wait until objects are gone and return those that still are there at the deadline.

    Args:
        deadline: on the clock of time.monotonic().
    """
    left = list(refs)
    while left := _still_there(api, left, progress, deadline):
        if time.monotonic() >= deadline:
            break
        progress.now(f"waiting until {left[0]} is gone" + (f" (and {len(left) - 1} more)" if left[1:] else ""))
        time.sleep(_PAUSE)
    return left


def _still_there(api: Api, refs: Iterable[ObjectRef], progress: Progress, deadline: float) -> list[ObjectRef]:
    return list(bridged(lambda: api.get_many(refs), progress, deadline))


def _described(ref: ObjectRef, live: Object) -> str:
    if ref.kind == "PersistentVolumeClaim":
        return f"{ref} ({live['spec']['resources']['requests']['storage']}) and all data on it"
    if ref.kind == "CustomResourceDefinition":
        return f"{ref} and all objects of the kind {live['spec']['names']['kind']} in the whole cluster"
    return str(ref)


def _kept(divided: Fates) -> Iterator[str]:
    for ref in divided.data:
        if ref.kind != "Namespace":
            yield f"{ref} with its data"
    for ref in divided.others:
        yield f"{ref}, which others made (--delete-also {ref.kind}/{ref.name} removes it)"


def _close(api: Api, recorded: Inventory, divided: Fates) -> None:
    """Write down what is left, so that a later run finds it; nothing left, no inventory."""
    if divided.stays:
        # The namespace with it, which may go together with the last of them.
        left = [ref for ref in recorded.refs if ref in divided.stays or ref.kind == "Namespace"]
        inventory.save(api, recorded.holding(left))
    else:
        api.delete(recorded.ref)


def _tell_rest(recorded: Inventory, divided: Fates, delete_data: bool, progress: Progress) -> None:
    for line in _kept(divided):
        progress.say(f"kept {line}")
    if delete_data and ObjectRef("v1", "Namespace", recorded.namespace) not in divided.goes:
        others = ", ".join(divided.inhabitants[:5])
        progress.say(
            f"kept the namespace {recorded.namespace}: " + (f"it holds {others}" if others else "it is not sk's")
        )


def _stuck(left: list[ObjectRef]) -> SolakubeError:
    return SolakubeError(
        f"{', '.join(map(str, left))} did not go away",
        f"the deletion was asked for and has not ended within {REMOVAL_TIMEOUT:.0f} s",
        "see what holds it by `kubectl describe`, and run the same command again",
    )
