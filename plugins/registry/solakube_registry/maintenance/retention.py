"""The retention policy, from settings or from a YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from solakube_core.plugin import Problem, Settings, SolakubeError, Variable

RETENTION_VARIABLES = (
    Variable("REGISTRY_RETENTION_REPOSITORIES", "*", "prune: pattern of the repositories' names"),
    Variable(
        "REGISTRY_RETENTION_KEEP_LAST", None, "prune: keep so many images of a repository, the last pushed", "count"
    ),
    Variable("REGISTRY_RETENTION_NEWER_THAN", None, "prune: keep tags pushed so lately, such as 30d", "duration"),
    Variable("REGISTRY_RETENTION_KEEP_TAGS", None, "prune: keep tags of these patterns", "list"),
    Variable("REGISTRY_RETENTION_PATCH_RELEASES", None, "prune: keep so many patches of a minor release", "count"),
    Variable("REGISTRY_RETENTION_NOT_PULLED_FOR", None, "prune: keep tags pulled so lately, such as 90d", "duration"),
)
"""A tag stays that any of them keeps."""

_PREFIX = "REGISTRY_RETENTION_"


def rules(settings: Settings, policy: Path | None) -> list[dict[str, Any]]:
    """Return the retention rules for the maintenance program, which checks them.

    Args:
        settings: have one rule, in the variables.
        policy: a YAML file with the list `rules`; counts instead of the variables.

    Raises:
        SolakubeError: the file cannot be read, or has no such list; or a variable has no value that fits.
    """
    if policy is not None:
        return _read(policy)
    if problems := tuple(settings.problems(RETENTION_VARIABLES)):
        raise SolakubeError.of(problems)
    values = {variable.name: settings.get(variable.name) for variable in RETENTION_VARIABLES}
    rule: dict[str, Any] = {name.removeprefix(_PREFIX).lower(): value for name, value in values.items() if value}
    if "keep_tags" in rule:
        rule["keep_tags"] = [pattern.strip() for pattern in rule["keep_tags"].split(",") if pattern.strip()]
    return [rule] if rule.keys() - {"repositories"} else []


def _read(policy: Path) -> list[dict[str, Any]]:
    from ruamel.yaml import YAML

    from solakube_core.plugin import parse

    # It knows the line, and what to do about it.
    read = parse(policy)
    if isinstance(read, Problem):
        raise SolakubeError.of([read])
    document = YAML(typ="safe", pure=True).load(policy.read_text(encoding="utf-8-sig"))
    found = document.get("rules") if isinstance(document, dict) else None
    if not isinstance(found, list) or not all(isinstance(rule, dict) for rule in found):
        remedy = "write `rules:` and below it `- keep_last: 10`"
        raise SolakubeError(f"the retention policy {policy} has no list of rules", "", remedy)
    return found
