"""What a plan meets in the cluster: each question is asked once, whoever needs its answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property

from solakube_core.errors import Problem
from solakube_core.kube.apply.adoption import obstacle
from solakube_core.kube.apply.drafting import Draft, draft, settled
from solakube_core.kube.apply.naming import named
from solakube_core.kube.apply.pruning import Surplus, surplus
from solakube_core.kube.client.api import Api, Object
from solakube_core.kube.holdings.inventory import Inventory
from solakube_core.kube.objects.ownership import is_leaving
from solakube_core.model import Manifest, ObjectRef, Plan

FRESH = 30.0
"""Seconds for which answers hold: what is checked is applied at once, unless somebody is asked in between."""


class Survey:
    """A plan's objects beside what is there, and what applying would make of them. Nothing is changed.

    Every property may raise `SolakubeError`, and is asked of the server when it is first needed.
    """

    def __init__(self, api: Api, plan: Plan) -> None:
        self._api = api
        self.plan = plan
        self._began = time.monotonic()

    @property
    def is_fresh(self) -> bool:
        """Whether its answers are young enough to act on."""
        return time.monotonic() - self._began < FRESH

    @cached_property
    def objects(self) -> Mapping[ObjectRef, Manifest]:
        """The plan's objects by name."""
        return named(self._api, self.plan)

    @cached_property
    def live(self) -> Mapping[ObjectRef, Object]:
        """Those of them that are there, also what is being deleted."""
        return {ref: found for ref, found in self._found.items() if ref in self.objects}

    @cached_property
    def leaving(self) -> tuple[ObjectRef, ...]:
        """Those that are being deleted."""
        return tuple(ref for ref, found in self.live.items() if is_leaving(found))

    @cached_property
    def foreign(self) -> tuple[Problem, ...]:
        """Which of them are others' and may not be taken over."""
        return tuple(problem for found in self.live.values() if (problem := obstacle(self.plan, found)))

    @cached_property
    def drafts(self) -> tuple[Draft, ...]:
        """What would become of each object, once all that is being deleted is gone."""
        return tuple(draft(self._api, self.plan.component, self.objects, settled(self.live)))

    @cached_property
    def recorded(self) -> Inventory:
        """What the component owns by now."""
        found = self._found.get(self._record.ref)
        return Inventory.read(self.plan.component, found) if found else self._record

    @cached_property
    def unwanted(self) -> Surplus:
        """What it owns and the plan does not hold."""
        return surplus(self._api, self.recorded, self.objects)

    @cached_property
    def _found(self) -> Mapping[ObjectRef, Object]:
        return self._api.get_many([*self.objects, self._record.ref])

    @property
    def _record(self) -> Inventory:
        return Inventory(self.plan.component, self.plan.backend.namespace)
