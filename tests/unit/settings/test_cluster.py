from __future__ import annotations

from pathlib import Path

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.settings import load

YAML = "apiVersion: v1\nkind: Config\ncurrent-context: {}\nclusters: []\n"


def kubeconfig(home: Path, context: str, name: str = ".kube/config") -> Path:
    file = home / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(YAML.format(context), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("context", "kind"),
    [("kind-test", "kind"), ("minikube", "minikube"), ("k3d-a", "k3s"), ("admin@example.com", "hetzner")],
)
def test_the_type_is_detected_from_the_context(tmp_path: Path, context: str, kind: str) -> None:
    kubeconfig(tmp_path, context)
    found = load((), {}, tmp_path)
    assert (found.cluster, found.cluster_type) == (context, kind)
    assert found.origin("SK_CLUSTER_TYPE").kind == "detected"


def test_without_a_kubeconfig_it_is_this_machine(tmp_path: Path) -> None:
    found = load((), {}, tmp_path)
    assert (found.cluster, found.cluster_type) == ("local", "local")


def test_the_users_word_beats_detection(tmp_path: Path) -> None:
    kubeconfig(tmp_path, "kind-test")
    found = load((), {"SK_CLUSTER": "home", "SK_CLUSTER_TYPE": "k3s"}, tmp_path)
    assert (found.cluster, found.cluster_type) == ("home", "k3s")


def test_an_unknown_type_is_an_error_that_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SolakubeError, match="did you mean hetzner"):
        load((), {"SK_CLUSTER_TYPE": "hetzer"}, tmp_path)


def test_the_first_of_several_kubeconfigs_that_names_a_context_counts(tmp_path: Path) -> None:
    first, second = kubeconfig(tmp_path, '""', "a"), kubeconfig(tmp_path, "kind-b", "b")
    assert load((), {"KUBECONFIG": f"{first}:{tmp_path}/none:{second}"}, tmp_path).cluster == "kind-b"


def test_a_kubeconfig_may_be_json(tmp_path: Path) -> None:
    file = tmp_path / "json"
    file.write_text('{"apiVersion": "v1", "current-context": "kind-json", "users": []}', encoding="utf-8")
    assert load((), {"KUBECONFIG": str(file)}, tmp_path).cluster == "kind-json"


def test_the_context_of_the_command_line_counts(tmp_path: Path) -> None:
    kubeconfig(tmp_path, "kind-test")
    assert load((), {}, tmp_path, context="minikube").cluster_type == "minikube"


@pytest.mark.parametrize("value", ["", '""', "''", "# none"])
def test_a_kubeconfig_without_a_current_context_is_none(tmp_path: Path, value: str) -> None:
    kubeconfig(tmp_path, value)
    assert load((), {}, tmp_path).cluster_type == "local"


@pytest.mark.parametrize("value", ['"my cluster"', "'my cluster'"])
def test_a_context_may_be_quoted(tmp_path: Path, value: str) -> None:
    kubeconfig(tmp_path, value)
    assert load((), {}, tmp_path).context == "my cluster"


def test_a_context_named_like_a_path_makes_one_folder(tmp_path: Path) -> None:
    kubeconfig(tmp_path, "arn:aws:eks:eu-central-1:1:cluster/prod")
    found = load((), {}, tmp_path)
    assert found.cluster == "arn:aws:eks:eu-central-1:1:cluster-prod"
    assert found.context == "arn:aws:eks:eu-central-1:1:cluster/prod"
