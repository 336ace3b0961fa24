"""From the environment and the variables files to the settings in force."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from solakube_core.settings.cluster import Cluster, cluster_type, kubeconfig_context
from solakube_core.settings.files import roots, variables_files
from solakube_core.settings.origin import Origin
from solakube_core.settings.settings import Settings
from solakube_core.settings.variable import Variable

CORE_VARIABLES = (
    Variable("SK_CLUSTER", None, "name of the cluster; else the kubeconfig's context"),
    Variable("SK_CLUSTER_TYPE", None, "hetzner, minikube, vagrant, kind, k3s or local; else detected"),
    Variable("SK_ROOTS", None, "folders with overrides, separated by colons"),
    Variable("SK_PROJECT_HOME", None, "folder of the project, the only root without SK_ROOTS"),
    Variable("CLUSTER_FQN", None, "domain of the cluster", "dns-name"),
)
"""The settings that the core itself reads."""

_REFERENCE = re.compile(r"\$\{(\w+)\}")


def load(variables: Iterable[Variable], environ: Mapping[str, str], home: Path, context: str | None = None) -> Settings:
    """Load the settings.

    Args:
        variables: all that were declared.
        environ: the caller's environment, which no `cexport` overrides.
        home: the user's home folder.
        context: context of the kubeconfig, None for its current one.

    Returns:
        The settings, with the defaults of `variables` filled in.

    Raises:
        SolakubeError: SK_CLUSTER_TYPE is no type, or a variables file can't be sourced.
    """
    context = context or kubeconfig_context(environ, home)
    name = environ.get("SK_CLUSTER") or context or "local"
    folders = roots(environ, home, name)
    values = {**environ, "SK_CLUSTER": name}
    origins = {key: Origin("environment") for key in environ}
    if not environ.get("SK_CLUSTER"):
        origins["SK_CLUSTER"] = Origin("detected")
    phases = tuple(variables_files(folders, home, name).values())
    if any(phases):
        # Only here: a run without variables files neither starts a shell nor imports what that takes.
        from solakube_core.settings.bash import source

        report = source(phases, values)
        values.update(report.values)
        origins.update(report.origins)
    wanted = values.get("SK_CLUSTER_TYPE") or None
    cluster = Cluster(name, cluster_type(wanted, context), context, wanted is None)
    if wanted is None:
        values["SK_CLUSTER_TYPE"], origins["SK_CLUSTER_TYPE"] = cluster.type, Origin("detected")
    if cluster.type == "minikube" and not values.get("CLUSTER_FQN"):
        values["CLUSTER_FQN"], origins["CLUSTER_FQN"] = f"{name}.mk", Origin("default")
    _fill_defaults(tuple(variables), values, origins)
    return Settings(values, origins, folders, cluster)


def _fill_defaults(variables: tuple[Variable, ...], values: dict[str, str], origins: dict[str, Origin]) -> None:
    """Give each unset variable its default; one that refers to a variable still unset stays unset."""
    progress = True
    while progress:
        # Again for as long as a default makes another one possible: they may refer to each other.
        progress = False
        for variable in variables:
            if not values.get(variable.name) and (text := _default(variable, values)):
                values[variable.name], origins[variable.name] = text, Origin("default")
                progress = True


def _default(variable: Variable, values: Mapping[str, str]) -> str:
    """Return a variable's default with its references replaced, "" where there is none to use."""
    text = variable.default or ""
    if not all(values.get(name) for name in _REFERENCE.findall(text)):
        return ""
    return _REFERENCE.sub(lambda match: values[match[1]], text)
