"""What holds where several plugins want the same. Pure: values in, a value out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from solakube_core.errors import Problem, SolakubeError
from solakube_core.model import Exposure
from solakube_core.settings import CORE_VARIABLES, Variable, variable_of


class Providers(Protocol):
    """What must be known of the plugins to choose between them."""

    def deployer_of(self, component: str) -> str:
        """Name the plugin that deploys a component."""

    def describe(self, name: str) -> str:
        """Name a plugin with its distribution and version."""


def choose_exposure(
    component: str, answers: Mapping[str, Exposure | SolakubeError], plugins: Providers, wanted: str
) -> Exposure | None:
    """Choose among the answers to `expose`.

    The provider that the user named wins, else the only third party, else the component's own plugin: so an
    installed plugin replaces the built-in exposure without any setting, and never another third party's.

    Args:
        component: for messages.
        answers: exposure by the name of the plugin that answered, or why that one could not.
        plugins: tells which plugin deploys the component and which distribution brought a plugin.
        wanted: value of <COMPONENT>_EXPOSE_PROVIDER, "" when not set.

    Raises:
        SolakubeError: the named provider did not answer, two third parties did and none was named, or the one that
            holds failed.
    """
    chosen = _chosen(component, answers, plugins, wanted)
    if isinstance(chosen, SolakubeError):
        raise chosen
    return chosen


def _chosen(
    component: str, answers: Mapping[str, Exposure | SolakubeError], plugins: Providers, wanted: str
) -> Exposure | SolakubeError | None:
    variable = variable_of(component, "EXPOSE_PROVIDER")
    if wanted:
        return _named(component, answers, wanted, variable)
    own = plugins.deployer_of(component)
    others = {name: answer for name, answer in answers.items() if name != own}
    if len(others) > 1:
        raise SolakubeError(
            f"{len(others)} plugins want to expose {component}",
            " and ".join(f"{_provider(name, others)} of {plugins.describe(name)}" for name in sorted(others)),
            f"set {variable} to one of: {_providers(answers)}",
        )
    if others:
        return next(iter(others.values()))
    return answers.get(own)


def _named(
    component: str, answers: Mapping[str, Exposure | SolakubeError], wanted: str, variable: str
) -> Exposure | SolakubeError:
    for name, answer in answers.items():
        if wanted in (_provider(name, answers), name):
            return answer
    raise SolakubeError(
        f"no plugin exposes {component} as {wanted!r}",
        f"{variable}={wanted}, and there are: {_providers(answers)}",
        f"set {variable} to one of them, or install the plugin that provides it",
    )


def _provider(name: str, answers: Mapping[str, Exposure | SolakubeError]) -> str:
    """Return what a plugin calls itself; one that failed is known by its name alone."""
    answer = answers[name]
    return name if isinstance(answer, SolakubeError) else answer.provider


def _providers(answers: Mapping[str, Exposure | SolakubeError]) -> str:
    return ", ".join(sorted(_provider(name, answers) for name in answers)) or "none"


def contested(declared: Mapping[str, tuple[Variable, ...]], plugins: Providers) -> list[Problem]:
    """Tell which variables are declared in different ways: which of them held would be a matter of chance.

    Args:
        declared: variables by the name of the plugin.
    """
    owners: dict[str, dict[Variable, str]] = {entry.name: {entry: "the core"} for entry in CORE_VARIABLES}
    for name, variables in declared.items():
        for variable in variables:
            owners.setdefault(variable.name, {}).setdefault(variable, plugins.describe(name))
    return [
        Problem(
            f"the variable {name} is declared in different ways",
            "by " + " and by ".join(ways.values()),
            "uninstall one of them, or leave it out: `sk --no-plugin NAME ...`",
        )
        for name, ways in owners.items()
        if len(ways) > 1
    ]
