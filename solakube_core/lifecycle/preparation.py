"""From settings to a plan: everything is resolved and checked, every problem found is told, nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from solakube_core.engine import Site
from solakube_core.errors import Problem, SolakubeError
from solakube_core.lifecycle.resolve import choose_exposure
from solakube_core.model import ANYTHING, Backend, Configuration, Exposure, Plan, StorageChoice
from solakube_core.plugins import PluginManager
from solakube_core.settings import Settings, Variable


@dataclass(frozen=True)
class Prepared:
    """A plan with what led to it.

    Attributes:
        plan: what should exist, exposure included.
        storage: how the storage class was chosen, None for a component without storage.
        exposure: how it will be reached, None when nobody exposes it.
        notes: what the user should read although nothing is wrong.
    """

    plan: Plan
    storage: StorageChoice | None
    exposure: Exposure | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Preparation:
    """Carries one component through `configure`, `storage_class`, `expose` and `deploy`.

    Attributes:
        obstacles: tells what of others stands in the way of a plan.
        take_over: whether the plan may adopt whatever bears its names.
    """

    component: str
    plugins: PluginManager
    settings: Settings
    variables: tuple[Variable, ...]
    site: Site
    obstacles: Callable[[Plan], tuple[Problem, ...]] = lambda _: ()
    take_over: bool = False

    def prepare(self) -> Prepared:
        """Return the plan.

        Raises:
            SolakubeError: with every problem that was found; nothing was changed.
        """
        problems = list(self.settings.problems(self.variables))
        try:
            self.site.check()
        except SolakubeError as unreachable:
            # Without an answer from the place nothing more can be checked, but the settings' problems stand.
            raise SolakubeError.of([*problems, *unreachable.problems]) from None
        answers = self._configure()
        problems += [problem for answer in answers for problem in answer.problems]
        denials = self._denials(answers)
        settings = self._derived(answers)
        try:
            storage = self._storage(answers, settings)
            exposure = self._exposure(answers, settings)
        except SolakubeError as error:
            # What may not be asked can't be answered: then the missing permissions are the whole story.
            raise SolakubeError.of([*problems, *(denials or error.problems)]) from None
        problems += denials
        unfit = [*(storage.problems if storage else ()), *(exposure.problems if exposure else ())]
        if problems:
            raise SolakubeError.of(dict.fromkeys([*problems, *unfit]))
        plan = self._plan(settings, storage, exposure, unfit)
        if found := [*unfit, *self.obstacles(plan)]:
            raise SolakubeError.of(dict.fromkeys(found))
        hints = tuple(self.settings.hints(self.variables))
        notes = hints + tuple(note for answer in answers for note in answer.notes) + plan.notes
        return Prepared(plan, storage, exposure, notes)

    def _plan(
        self, settings: Settings, storage: StorageChoice | None, exposure: Exposure | None, unfit: list[Problem]
    ) -> Plan:
        """Return the whole plan, also where storage or exposure are unfit: whose the objects are can be told then."""
        try:
            plan = self.plugins.deploy(self.component, settings, settings.roots, storage, exposure, self.site)
        except SolakubeError:
            if unfit:
                raise SolakubeError.of(unfit) from None
            raise
        plan = plan.exposed_by(exposure) if exposure else plan
        return replace(plan, adopts=(ANYTHING,)) if self.take_over else plan

    def negotiate_storage(self) -> StorageChoice | None:
        """Tell which storage class the component would get; None for a component without storage.

        Raises:
            SolakubeError: the place can't be reached, or nobody deploys the component.
        """
        self.site.check()
        answers = self._configure()
        return self._storage(answers, self._derived(answers))

    def negotiate_exposure(self) -> tuple[Backend | None, Exposure | None]:
        """Tell where the component answers and how it would be reached; None for what nobody has or offers.

        Raises:
            SolakubeError: the place can't be reached, nobody deploys the component, or two want to expose it.
        """
        self.site.check()
        answers = self._configure()
        return _backend(answers), self._exposure(answers, self._derived(answers))

    def _configure(self) -> tuple[Configuration, ...]:
        answers = self.plugins.configure(self.component, self.settings, self.settings.roots, self.site)
        if not answers:
            raise self.plugins.unknown_component(self.component)
        return answers

    def _derived(self, answers: Iterable[Configuration]) -> Settings:
        return self.settings.overlaid({name: value for answer in answers for name, value in answer.derived.items()})

    def _denials(self, answers: Iterable[Configuration]) -> list[Problem]:
        needed = tuple(dict.fromkeys(access for answer in answers for access in answer.access))
        return [
            Problem(
                f"you may not {access}",
                f"{self.site.describe()} denies it to the user of the current kubeconfig context",
                "have an administrator grant it by a Role or ClusterRole, or use another context",
            )
            for access in self.site.denied(needed)
        ]

    def _storage(self, answers: Iterable[Configuration], settings: Settings) -> StorageChoice | None:
        request = next((answer.storage for answer in answers if answer.storage), None)
        if request is None:
            return None
        return self.plugins.storage_class(request, settings, self.site.storage(request.claim))

    def _exposure(self, answers: Iterable[Configuration], settings: Settings) -> Exposure | None:
        backend = _backend(answers)
        if backend is None:
            return None
        offered = self.plugins.expose(self.component, settings, backend, self.site)
        wanted = settings.get(f"{self.component.upper()}_EXPOSE_PROVIDER") or ""
        return choose_exposure(self.component, offered, self.plugins, wanted)


def _backend(answers: Iterable[Configuration]) -> Backend | None:
    return next((answer.backend for answer in answers if answer.backend), None)
