"""Settings files in a home folder of their own, and the settings that they make."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.settings import Settings, Variable, load

Write = Callable[[str, str], Path]
Load = Callable[..., Settings]

VARIABLES = (
    Variable("CLUSTER_FQN", None, "domain", "dns-name"),
    Variable("REGISTRY_FQN", "registry.${CLUSTER_FQN}", "name", "dns-name"),
    Variable("REGISTRY_PVC_SIZE", "10Gi", "size", "quantity"),
    Variable("REGISTRY_PASSWORD", "${SK_PASSWORD}", "password", secret=True),
    Variable("SK_PASSWORD", None, "password", secret=True),
)


@pytest.fixture
def variables() -> tuple[Variable, ...]:
    """The declarations that `loaded` uses."""
    return VARIABLES


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file below the home folder."""

    def written(name: str, text: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    return written


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    """Load the settings of cluster `home` with a given environment."""

    def load_with(**environment: str) -> Settings:
        return load(VARIABLES, {"PATH": os.environ["PATH"], "SK_CLUSTER": "home", **environment}, tmp_path)

    return load_with


@pytest.fixture
def after(write: Write, loaded: Load) -> Load:
    """Load the settings after writing a text into the cluster's variables.sh."""

    def load_after(text: str, **environment: str) -> Settings:
        write(".solakube/home/overrides/variables.sh", text)
        return loaded(**environment)

    return load_after


@pytest.fixture
def failure(after: Load, tmp_path: Path) -> Callable[..., str]:
    """Tell how loading fails with a text in the cluster's variables.sh, the file's name cut to its last part."""

    def failing(text: str, **environment: str) -> str:
        with pytest.raises(SolakubeError) as raised:
            after(text, **environment)
        return str(raised.value).replace(f"{tmp_path}/.solakube/home/overrides/", "")

    return failing
