"""From settings to a plan: everything is resolved and checked, every problem found is told, nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from solakube_core.engine import Site
from solakube_core.errors import Problem, SolakubeError
from solakube_core.lifecycle.resolve import choose_exposure, contested
from solakube_core.model import ANYTHING, Backend, Configuration, Exposure, Plan, StorageChoice
from solakube_core.plugins import PluginManager
from solakube_core.settings import Settings, Variable, variable_of


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
        new_data: whether it starts with whatever is in its data folder, although other data was expected.
    """

    component: str
    plugins: PluginManager
    settings: Settings
    variables: tuple[Variable, ...]
    site: Site
    obstacles: Callable[[Plan], tuple[Problem, ...]] = lambda _: ()
    take_over: bool = False
    new_data: bool = False

    def prepare(self) -> Prepared:
        """Return the plan.

        Raises:
            SolakubeError: with every problem that was found; nothing was changed.
        """
        problems = [*self.settings.problems(self.variables), *contested(self.plugins.variables(), self.plugins)]
        try:
            self.site.check()
        except SolakubeError as unreachable:
            # Without an answer from the place nothing more can be checked, but the settings' problems stand.
            raise SolakubeError.of([*problems, *unreachable.problems]) from None
        answers = self._configure()
        problems += [problem for answer in answers.values() for problem in answer.problems]
        denials = self._denials(answers.values())
        storage, exposure, failed = self._negotiated(answers)
        unfit = [*(storage.problems if storage else ()), *(exposure.problems if exposure else ())]
        # What may not be asked can't be answered: then the missing permissions are the whole story.
        if problems := [*problems, *(denials or failed)]:
            raise SolakubeError.of(dict.fromkeys([*problems, *unfit]))
        plan = self._plan(storage, exposure, unfit)
        if found := [*unfit, *self.obstacles(plan)]:
            raise SolakubeError.of(dict.fromkeys(found))
        hints = tuple(self.settings.hints(self.variables, ("sk", self.component)))
        notes = hints + tuple(note for answer in answers.values() for note in answer.notes) + plan.notes
        return Prepared(plan, storage, exposure, notes)

    def _plan(self, storage: StorageChoice | None, exposure: Exposure | None, unfit: list[Problem]) -> Plan:
        """Return the whole plan, also where storage or exposure are unfit: whose the objects are can be told then."""
        settings = self.settings
        try:
            plan = self.plugins.deploy(self.component, settings, settings.roots, storage, exposure, self.site)
        except SolakubeError:
            if unfit:
                raise SolakubeError.of(unfit) from None
            raise
        plan = plan.exposed_by(exposure) if exposure else plan
        plan = replace(plan, new_data=self.new_data)
        return replace(plan, adopts=(ANYTHING,)) if self.take_over else plan

    def negotiate_storage(self) -> StorageChoice | None:
        """Tell which storage class the component would get; None for a component without storage.

        Raises:
            SolakubeError: the place can't be reached, nobody deploys the component, or it could not be asked.
        """
        self.site.check()
        return self._storage(self._sound())

    def negotiate_exposure(self) -> tuple[Backend | None, Exposure | None]:
        """Tell where the component answers and how it would be reached; None for what nobody has or offers.

        Raises:
            SolakubeError: the place can't be reached, nobody deploys the component, it could not be asked, or two want
                to expose it.
        """
        self.site.check()
        answers = self._sound()
        return self._backend(answers), self._exposure(answers)

    def _configure(self) -> Mapping[str, Configuration]:
        """Return the plugins' answers by their names; that one of them failed is a problem beside the others'."""
        answers = self.plugins.configure(self.component, self.settings, self.settings.roots, self.site)
        if not answers:
            self.plugins.require_component(self.component)
        return {
            name: Configuration(problems=answer.problems) if isinstance(answer, SolakubeError) else answer
            for name, answer in answers.items()
        }

    def _sound(self) -> Mapping[str, Configuration]:
        """Return the answers where the component's own plugin gave one: without it there is nothing to go by."""
        answers = self._configure()
        own = answers.get(self.plugins.deployer_of(self.component))
        if own and own.problems and not (own.storage or own.backend):
            raise SolakubeError.of(own.problems)
        return answers

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

    def _negotiated(
        self, answers: Mapping[str, Configuration]
    ) -> tuple[StorageChoice | None, Exposure | None, list[Problem]]:
        """Return storage and exposure, and why one of them could not be had."""
        storage, exposure = None, None
        failed: list[Problem] = []
        try:
            storage = self._storage(answers)
        except SolakubeError as error:
            failed += error.problems
        try:
            exposure = self._exposure(answers)
        except SolakubeError as error:
            failed += error.problems
        return storage, exposure, failed

    def _storage(self, answers: Mapping[str, Configuration]) -> StorageChoice | None:
        requests = {name: answer.storage for name, answer in answers.items() if answer.storage}
        request = self.plugins.only(f"ask for the volume of {self.component}", requests)
        if request is None:
            return None
        return self.plugins.storage_class(request, self.settings, self.site.storage(request.claim))

    def _exposure(self, answers: Mapping[str, Configuration]) -> Exposure | None:
        backend = self._backend(answers)
        if backend is None:
            return None
        offered = self.plugins.expose(self.component, self.settings, backend, self.site)
        wanted = self.settings.get(variable_of(self.component, "EXPOSE_PROVIDER")) or ""
        return choose_exposure(self.component, offered, self.plugins, wanted)

    def _backend(self, answers: Mapping[str, Configuration]) -> Backend | None:
        backends = {name: answer.backend for name, answer in answers.items() if answer.backend}
        return self.plugins.only(f"say where {self.component} answers", backends)
