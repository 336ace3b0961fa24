"""The settings in force: an immutable map from names to texts, each with its origin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from solakube_core.errors import Problem, SolakubeError
from solakube_core.settings.cluster import Cluster
from solakube_core.settings.defaults import Defaults
from solakube_core.settings.files import listed_roots
from solakube_core.settings.origin import UNSET, Origin
from solakube_core.settings.variable import YES, Variable, variable_of


class Settings:
    """Values by name. An empty value counts as not set, as it always did in SolaKube.

    Attributes:
        cluster: name of the cluster: SK_CLUSTER, else the kubeconfig's context, else "local".
        cluster_type: SK_CLUSTER_TYPE, else what the kubeconfig's context tells.
        context: the kubeconfig's context, "" where there is none.
        roots: folders with overrides, nearest first; some may not exist.
    """

    def __init__(
        self,
        values: Mapping[str, str],
        origins: Mapping[str, Origin],
        roots: tuple[Path, ...],
        cluster: Cluster,
        defaults: Defaults,
    ) -> None:
        """Hold settings.

        Args:
            values: what was set or detected.
            origins: where each of them comes from.
            roots: folders with overrides, nearest first.
            cluster: the cluster in question.
            defaults: for what is not set.
        """
        filled = defaults.of_unset(values)
        self._given, self._given_origins = dict(values), dict(origins)
        self._values = {**values, **filled}
        self._origins = {**origins, **dict.fromkeys(filled, Origin("default"))}
        self._cluster, self._defaults = cluster, defaults
        self.roots = roots
        self.cluster = cluster.name
        self.cluster_type = cluster.type
        self.context = cluster.context

    def __repr__(self) -> str:
        # Values may be secret, and a repr ends up in tracebacks.
        return f"Settings({self.cluster!r}, {len(self._values)} values)"

    def get(self, name: str) -> str | None:
        """Return a value, None when it is not set."""
        return self._values.get(name) or None

    def require(self, name: str) -> str:
        """Return a value.

        Raises:
            SolakubeError: it is not set.
        """
        value = self.get(name)
        if value is None:
            missing = self.missing(name)
            raise SolakubeError(
                f"{name} is not set",
                f"its default needs {' and '.join(missing)}, not set either" if missing else "it has no default",
                f"set it in the environment or in ~/.solakube/{self.cluster}/overrides/variables.sh: "
                f'export {next(iter(missing), name)}="..."',
            )
        return value

    def missing(self, name: str) -> tuple[str, ...]:
        """Name the variables without which this one, not set itself, has no default either."""
        return () if self.get(name) else self._defaults.missing(name, self._values)

    def integer(self, name: str) -> int:
        """Return a value as a whole number.

        Raises:
            SolakubeError: it is not set, or no whole number.
        """
        return int(self._fitting(Variable(name, None, "", "integer")))

    def boolean(self, name: str) -> bool:
        """Return whether a value is Y, yes, true or 1; False when it is not set.

        Raises:
            SolakubeError: it is another word.
        """
        if self.get(name) is None:
            return False
        return self._fitting(Variable(name, None, "", "boolean")).lower() in YES

    def items_of(self, name: str) -> tuple[str, ...]:
        """Return the items of a list separated by commas, empty ones left out."""
        return tuple(item.strip() for item in (self.get(name) or "").split(",") if item.strip())

    def _fitting(self, variable: Variable) -> str:
        value = self.require(variable.name)
        if problem := variable.problem(value):
            raise SolakubeError.of([problem])
        return value

    def origin(self, name: str) -> Origin:
        """Tell where a value comes from."""
        return self._origins.get(name, UNSET) if self.get(name) else UNSET

    def environment(self) -> Mapping[str, str]:
        """Return every value, also of variables that nobody declared, for substitution in files."""
        return dict(self._values)

    def overlaid(self, values: Mapping[str, str], origin: Origin | None = None) -> Settings:
        """Return settings in which the given values replace those of the same names, also where defaults use them."""
        origins = {**self._given_origins, **dict.fromkeys(values, origin or Origin("derived"))}
        return Settings({**self._given, **values}, origins, self.roots, self._cluster, self._defaults)

    def problems(self, variables: Iterable[Variable]) -> Iterator[Problem]:
        """Yield what is wrong with the values of the given variables, each with the place it was set at."""
        for variable in variables:
            value = self.get(variable.name)
            problem = variable.problem(value) if value is not None else None
            if problem:
                yield Problem(f"{problem.what} ({self.origin(variable.name)})", problem.why, problem.remedy)

    def hints(self, variables: Iterable[Variable], components: Iterable[str] = ()) -> Iterator[str]:
        """Yield a hint for each variable that was set in vain, or resembles a declared one, and for missing folders.

        Args:
            variables: all that are declared.
            components: a variable that begins with the name of one of these, and is not declared, is told in any
                case; "sk" stands for the core.
        """
        known = {variable.name: variable for variable in variables}
        families = [variable for variable in known.values() if "<" in variable.name]
        ours = tuple(variable_of(component, "") for component in components)
        prefixes = tuple({name.partition("_")[0] + "_" for name in known})
        for name, origin in sorted(self._given_origins.items()):
            if name in known and origin.kind == "ineffective":
                yield f"{name} ({origin}) has no effect there; to set it, write: cexport {name} VALUE"
        for name, origin in sorted(self._origins.items()):
            declared = name in known or any(family.covers(name) for family in families)
            if declared or not name.startswith(prefixes) or origin.kind not in ("environment", "file"):
                continue
            if nearest := _meant(name, known):
                yield f"{name} ({origin}) is not a setting; did you mean {nearest}?"
            elif name.startswith(ours) and not name.startswith(_OTHERS):
                yield f"{name} ({origin}) is not a setting; `sk config` lists them all"
        for source, folder in listed_roots(self._values):
            if not folder.is_dir():
                yield f"{source} ({self.origin(source)}) names a folder that does not exist: {folder}"


_OTHERS = ("SK_DEPLOY_", "SK_BUILD_", "SK_SCRIPT_HOME", "SK_NO_COMMAND")
"""Beginnings of variables that are read before there are settings, or by the original's deployers and scripts."""


def _meant(name: str, known: Iterable[str]) -> str:
    """Return the setting that somebody meant who misspelt a word or an underscore, or left a word out; "" for none.

    Where two words differ it is another name: others read variables of the same family, as the original's deployers do.
    """
    return next((other for other in _close(name, known) if _resembles(name, other)), "")


def _resembles(name: str, other: str) -> bool:
    ours, theirs = name.split("_"), other.split("_")
    if name.replace("_", "") == other.replace("_", "") or set(ours) < set(theirs):
        return True
    wrong = [pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]]
    return len(ours) == len(theirs) and len(wrong) == 1 and bool(_close(wrong[0][0], [wrong[0][1]]))


def _close(word: str, known: Iterable[str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(word, list(known), 3, 0.6)
