"""Which cluster, context and type the settings choose where files say so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.settings import load
from tests.unit.settings.test_cluster import kubeconfig


def test_a_file_may_name_the_kubeconfig(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path, "kind-test", "other")
    variables = tmp_path / ".solakube/local/overrides/variables.sh"
    variables.parent.mkdir(parents=True)
    variables.write_text(f"export KUBECONFIG='{file}'\n", encoding="utf-8")
    found = load((), {"PATH": os.environ["PATH"]}, tmp_path)
    assert (found.cluster_type, found.context) == ("kind", "kind-test")


def test_an_unknown_type_tells_where_it_was_set(tmp_path: Path) -> None:
    file = tmp_path / ".solakube/local/overrides/variables.sh"
    file.parent.mkdir(parents=True)
    file.write_text("\nexport SK_CLUSTER_TYPE=minicube\n", encoding="utf-8")
    with pytest.raises(SolakubeError, match="did you mean minikube") as failure:
        load((), {"PATH": os.environ["PATH"]}, tmp_path)
    assert f"{file}:2" in str(failure.value)
