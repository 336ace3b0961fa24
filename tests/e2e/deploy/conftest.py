"""Installations of the registry, each with a namespace and a name of its own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.support.installation import Installation
from tests.e2e.support.programs import Crane, Runner
from tests.e2e.support.tls import Authority
from tests.e2e.testbed.cluster import Cluster

# Everything that has ever broken a template, a shell or a URL.
PASSWORD = "pa$$ w\"o'r,d;ä&%s `x`"


@pytest.fixture
def inside(cluster: Cluster, sk: Runner, crane: Crane) -> Iterator[Installation]:
    """An installation that nothing exposes: the quickest one, not deployed yet."""
    name = f"reg-{uuid.uuid4().hex[:8]}"
    made = Installation(name, "", PASSWORD, cluster, sk, crane, {"REGISTRY_EXPOSE": "none"})
    yield made
    cluster.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false")


@pytest.fixture
def exposed(inside: Installation, new_host: Callable[[], str], authority: Authority) -> Installation:
    """An installation behind the ingress controller, with a certificate for its name; not deployed yet."""
    inside.host = new_host()
    authority.issue(inside.host).store(inside.cluster, inside.name, "own-tls")
    inside.environment = {"REGISTRY_EXPOSE": "ingress", "REGISTRY_TLS_SECRET_NAME": "own-tls"}
    return inside


@pytest.fixture
def deployed(exposed: Installation) -> Installation:
    """The same, deployed and logged in to."""
    exposed.sk("deploy", "registry").ok()
    exposed.login()
    return exposed
