"""Which of several exposures holds. Pure: values in, a value out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from solakube_core.errors import SolakubeError
from solakube_core.model import Exposure


class Providers(Protocol):
    """What must be known of the plugins to choose between them."""

    def deployer_of(self, component: str) -> str:
        """Name the plugin that deploys a component."""

    def describe(self, name: str) -> str:
        """Name a plugin with its distribution and version."""


def choose_exposure(
    component: str, answers: Mapping[str, Exposure], plugins: Providers, wanted: str
) -> Exposure | None:
    """Choose among the answers to `expose`.

    The provider that the user named wins, else the only third party, else the component's own plugin: so an
    installed plugin replaces the built-in exposure without any setting, and never another third party's.

    Args:
        component: for messages.
        answers: exposure by the name of the plugin that answered.
        plugins: tells which plugin deploys the component and which distribution brought a plugin.
        wanted: value of <COMPONENT>_EXPOSE_PROVIDER, "" when not set.

    Raises:
        SolakubeError: the named provider did not answer, or two third parties did and none was named.
    """
    variable = f"{component.upper()}_EXPOSE_PROVIDER"
    if wanted:
        return _named(component, answers, wanted, variable)
    own = plugins.deployer_of(component)
    others = {name: answer for name, answer in answers.items() if name != own}
    if len(others) > 1:
        raise SolakubeError(
            f"{len(others)} plugins want to expose {component}",
            " and ".join(f"{answer.provider} of {plugins.describe(name)}" for name, answer in sorted(others.items())),
            f"set {variable} to one of: {_providers(answers)}",
        )
    if others:
        return next(iter(others.values()))
    return answers.get(own)


def _named(component: str, answers: Mapping[str, Exposure], wanted: str, variable: str) -> Exposure:
    for name, answer in answers.items():
        if wanted in (answer.provider, name):
            return answer
    raise SolakubeError(
        f"no plugin exposes {component} as {wanted!r}",
        f"{variable}={wanted}, and there are: {_providers(answers)}",
        f"set {variable} to one of them, or install the plugin that provides it",
    )


def _providers(answers: Mapping[str, Exposure]) -> str:
    return ", ".join(sorted(answer.provider for answer in answers.values())) or "none"
