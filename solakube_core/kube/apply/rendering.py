"""A plan as plain manifests, which `kubectl apply` or a GitOps tool makes the installation of that `sk` would make."""

from __future__ import annotations

from solakube_core.kube.apply.drafting import settled
from solakube_core.kube.apply.preparing import applicable, is_owned
from solakube_core.kube.apply.survey import Survey
from solakube_core.kube.holdings.inventory import Inventory
from solakube_core.model import Manifest


def rendered(survey: Survey) -> list[Manifest]:
    """Return what applying the plan would write, the inventory included, in the order of applying.

    A namespace that others made is in it as well, unmarked: it may be absent where the manifests go.
    """
    plan, live = survey.plan, settled(survey.live)
    wanted = {ref: applicable(item, plan.component, live.get(ref)) or item for ref, item in survey.objects.items()}
    owned = [ref for ref in survey.objects if is_owned(ref, live)]
    namespaces = [item for ref, item in wanted.items() if ref.kind == "Namespace"]
    others = [_unversioned(item) for ref, item in wanted.items() if ref.kind != "Namespace"]
    record = Inventory(plan.component, plan.backend.namespace).holding(owned).manifest()
    return [*namespaces, record, *others]


def _unversioned(item: Manifest) -> Manifest:
    """Return an object that can be applied at any time."""
    metadata = {key: value for key, value in item["metadata"].items() if key != "resourceVersion"}
    return {**item, "metadata": metadata}
