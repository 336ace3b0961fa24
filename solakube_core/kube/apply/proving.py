"""Whether a component was seen to do what its plan promises, since anything of it changed: the inventory tells."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from solakube_core.kube.apply.survey import Survey
from solakube_core.kube.client.api import Api
from solakube_core.kube.holdings import inventory
from solakube_core.model import Plan


def is_proven(survey: Survey) -> bool:
    """Tell whether just this was seen, of what is there now."""
    return survey.recorded.proven == _promise(survey.plan)


def prove(api: Api, plan: Plan) -> None:
    """Note that it was seen. Applying anything else strikes it out."""
    recorded = inventory.load(api, plan.component, plan.backend.namespace)
    inventory.save(api, replace(recorded, proven=_promise(plan)))


def _promise(plan: Plan) -> str:
    """Return a mark of what the probes promise, and where; nothing secret is in it: passwords are in Secrets."""
    where = [plan.address.url, plan.address.ca] if plan.address else []
    probes = [[probe.path, probe.status, probe.username] for probe in plan.probes]
    return hashlib.sha256(json.dumps([where, probes]).encode()).hexdigest()[:16]
