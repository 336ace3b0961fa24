"""The engine on the end-to-end cluster, and a namespace for each test."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from solakube_core.kube import KubernetesEngine, connect
from tests.heard import Heard

Kubectl = Callable[..., str]


@pytest.fixture
def progress() -> Heard:
    return Heard()


@pytest.fixture(scope="session")
def kubeconfig(kind_cluster: Any) -> str:
    return str(kind_cluster.kubeconfig_path)


@pytest.fixture(scope="session")
def engine(kubeconfig: str) -> KubernetesEngine:
    return connect(kubeconfig, None)


@pytest.fixture(scope="session")
def kubectl(kind_cluster: Any, kubeconfig: str) -> Kubectl:
    """The real kubectl: the second opinion on what the cluster holds."""

    def call(*arguments: str, stdin: str = "") -> str:
        command = [str(kind_cluster.kubectl_path), "--kubeconfig", kubeconfig, *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    return call


@pytest.fixture
def namespace(kubectl: Kubectl) -> Iterator[str]:
    """The name of a namespace that does not exist yet; what a test makes of it is removed."""
    name = f"engine-{uuid.uuid4().hex[:8]}"
    yield name
    kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false")
