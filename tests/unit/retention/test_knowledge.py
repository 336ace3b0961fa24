"""What a collection is told of the cluster, by the setting and by what the cluster says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import pytest
from solakube_registry.maintenance.holders import addresses, knowledge

from solakube_core.errors import Problem, SolakubeError
from solakube_core.model import Layout
from solakube_core.plugin import Session
from tests.unit.exposure.places import settings

IN_PODS = Layout("/var/lib/registry", "/etc/distribution")
ON_A_MACHINE = Layout("/home/somebody/data", "/home/somebody/config")


@dataclass
class Cluster:
    """A place that has a Deployment, or does not say."""

    place: Layout = IN_PODS
    says: bool = True

    def layout(self, component: str, in_container: Layout) -> Layout:
        del component, in_container
        return self.place

    def list(self, api_version: str, kind: str) -> tuple[Mapping[str, Any], ...]:
        del api_version
        if not self.says:
            raise SolakubeError.of((Problem("Deployments cannot be listed", "forbidden", ""),))
        spec = {"containers": [{"image": "r.io/app:1"}]}
        return ({"metadata": {"name": "a", "namespace": "web"}, "spec": spec},) if kind == "Deployment" else ()


class Said:
    """What somebody reads."""

    def __init__(self) -> None:
        self.text = ""

    def say(self, text: str) -> None:
        self.text += text


def told(cluster: Cluster, ignore: bool = False, **given: str) -> tuple[tuple[str, ...], str, str]:
    """Return the arguments, the standard input, and what is said."""
    said = Said()
    session = type("Session", (), {"settings": settings(**given), "terminal": said})()
    session.engine = type("Engine", (), {"site": cluster})()
    return (*knowledge(cast(Session, session), ignore), said.text)


def test_it_is_asked_for_the_images_that_it_names() -> None:
    arguments, known, said = told(Cluster())
    assert (arguments, said) == (("--held", "-"), "")
    assert json.loads(known)["app:1"] == ["Deployment web/a"]


def test_where_it_does_not_say_all_that_is_untagged_stays_and_that_is_said() -> None:
    arguments, known, said = told(Cluster(says=False))
    assert (arguments, known) == (("--keep-untagged",), "")
    assert "what has no tag stays" in said
    assert "forbidden" in said


@pytest.mark.parametrize(
    ("cluster", "ignore", "given", "arguments"),
    [
        (Cluster(says=False), False, {"REGISTRY_GC_CLUSTER": "keep"}, ("--keep-untagged",)),
        (Cluster(says=False), False, {"REGISTRY_GC_CLUSTER": "ignore"}, ()),
        (Cluster(says=False), True, {"REGISTRY_GC_CLUSTER": "ask"}, ()),
        (Cluster(says=False), True, {"REGISTRY_GC_CLUSTER": "keep"}, ()),
        (Cluster(ON_A_MACHINE, says=False), False, {}, ()),
    ],
)
def test_nobody_is_asked_where_that_is_said_or_there_is_no_cluster(
    cluster: Cluster, ignore: bool, given: dict[str, str], arguments: tuple[str, ...]
) -> None:
    assert told(cluster, ignore, **given) == (arguments, "", "")


def test_the_registry_is_known_by_its_name_and_by_its_service() -> None:
    known = addresses(settings(REGISTRY_FQN="registry.example.com"))
    assert "registry.example.com" in known
    assert "registry-docker-registry.registry.svc:5000" in known
