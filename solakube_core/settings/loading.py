"""From the environment and the variables files to the settings in force."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

from solakube_core.errors import SolakubeError
from solakube_core.settings.cluster import Cluster, check_name, check_type, detected_type
from solakube_core.settings.defaults import Defaults
from solakube_core.settings.files import roots, variables_files
from solakube_core.settings.origin import Origin
from solakube_core.settings.report import Report
from solakube_core.settings.settings import Settings
from solakube_core.settings.target import cluster_of, target
from solakube_core.settings.variable import Variable

CORE_VARIABLES = (
    Variable("SK_CLUSTER", None, "name of the cluster; else the kubeconfig's context"),
    Variable("SK_CONTEXT", None, "the cluster's context in the kubeconfig; else the one called like SK_CLUSTER"),
    Variable("SK_CLUSTER_TYPE", None, "hetzner, minikube, vagrant, kind, k3s or local; else detected"),
    Variable("SK_ROOTS", None, "folders with overrides, separated by colons"),
    Variable("SK_PROJECT_HOME", None, "folder of the project, the only root without SK_ROOTS"),
    Variable("SK_NO_PLUGINS", None, "plugins to leave out; of the environment alone", "list"),
    Variable("SK_STRICT_PLUGINS", None, "Y makes a broken plugin an error; of the environment alone", "boolean"),
    Variable("KUBECONFIG", None, "kubeconfig files, separated by colons; else ~/.kube/config"),
    Variable("CLUSTER_FQN", None, "domain of the cluster", "dns-name"),
)
"""The settings that the core itself reads."""

_Values = dict[str, str]
_Origins = dict[str, Origin]


def load(
    variables: Iterable[Variable],
    environ: Mapping[str, str],
    home: Path,
    context: str | None = None,
    kubeconfig: str | None = None,
) -> Settings:
    """Load the settings.

    Args:
        variables: all that were declared.
        environ: the caller's environment, which no `cexport` overrides.
        home: the user's home folder.
        context: --context of the command line, which is before all that names one.
        kubeconfig: --kubeconfig of the command line, likewise.

    Returns:
        The settings, with the defaults of `variables` filled in.

    Raises:
        SolakubeError: SK_CLUSTER can't name a folder, it or SK_CONTEXT is set too late, SK_CLUSTER_TYPE is no type, or
            a variables file can't be sourced.
    """
    options = {name: value for name, value in (("SK_CONTEXT", context), ("KUBECONFIG", kubeconfig)) if value}
    environ = {**environ, **options}
    current = target(environ, home)
    name = environ.get("SK_CLUSTER") or cluster_of(current) or "local"
    check_name(name)
    folders = roots(environ, home, name)
    values, origins = _from_files(folders, environ, home, Cluster(name, detected_type(current), current))
    values, origins = {**values, **options}, {**origins, **dict.fromkeys(options, Origin("option"))}
    current = target(values, home)
    if not environ.get("SK_CLUSTER") and values.get("SK_CONTEXT") and cluster_of(current) != name:
        raise _too_late(origins, "SK_CONTEXT", current, name)
    cluster = Cluster(name, values.get("SK_CLUSTER_TYPE") or detected_type(current), current)
    check_type(cluster.type, origins.get("SK_CLUSTER_TYPE"))
    defaults = {
        "SK_CLUSTER": (cluster.name, Origin("detected")),
        "SK_CLUSTER_TYPE": (cluster.type, Origin("detected")),
        **({"CLUSTER_FQN": (cluster.own_domain, Origin("default"))} if cluster.type == "minikube" else {}),
    }
    for variable, (value, origin) in defaults.items():
        if not values.get(variable):
            values[variable], origins[variable] = value, origin
    return Settings(values, origins, folders, cluster, Defaults(variables))


def _from_files(
    folders: tuple[Path, ...], environ: Mapping[str, str], home: Path, detected: Cluster
) -> tuple[_Values, _Origins]:
    """Return what the environment and the variables files set; a run without files starts no shell."""
    context_files, *later = variables_files(folders, home, detected.name).values()
    files = [file for phase in later for file in phase]
    if not context_files and not files:
        return dict(environ), {name: Origin("environment") for name in environ}
    # Only here: what it takes to start a shell is imported by runs that need one.
    from solakube_core.settings.bash import source

    report = source(context_files, files, environ, detected.name, detected.type)
    # What the files start with: a default that they left alone is none of their settings.
    before = {
        "SK_CLUSTER": detected.name,
        "SK_CLUSTER_TYPE": detected.type,
        "CLUSTER_FQN": detected.own_domain,
        **{name: value for name, value in environ.items() if value},
    }
    values, origins = _attributed(report, environ, before)
    if values.get("SK_CLUSTER", detected.name) != detected.name:
        raise _too_late(origins, "SK_CLUSTER", values["SK_CLUSTER"], detected.name)
    return values, origins


def _attributed(report: Report, environ: Mapping[str, str], before: Mapping[str, str]) -> tuple[_Values, _Origins]:
    """Tell for each variable whether a file or the environment set it; defaults that nobody set are left out."""
    # Bash passes names that it cannot have neither on nor back.
    values = {name: value for name, value in environ.items() if not (name.isascii() and name.isidentifier())}
    origins = {name: Origin("environment") for name in values}
    for name, value in report.values.items():
        origin = report.places.origin(name, changed=value != before.get(name))
        if origin or name in environ or name not in before:
            values[name], origins[name] = value, origin or Origin("environment" if name in environ else "file")
    effective = {name for name, value in values.items() if value}
    return values, {**origins, **report.places.ineffective(effective)}


def _too_late(origins: _Origins, variable: str, wanted: str, name: str) -> SolakubeError:
    return SolakubeError(
        f"{origins[variable]}: {variable} is set to {wanted} too late",
        f"the files that are read are those of cluster {name}, chosen before",
        f"set it in the environment: export {variable}={shlex.quote(wanted)}",
    )
