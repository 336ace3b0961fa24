"""How one machine is reached, and what of the settings has no effect there."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from solakube_registry.configure import configure
from solakube_registry.exposure.choice import expose
from solakube_registry.idle import notes

from solakube_core.model import Exposure, Layout
from solakube_core.settings import Settings
from solakube_core.testing import Place
from tests.unit.exposure.places import NAMES, settings

PASSWORD = "secret"


@dataclass(frozen=True)
class Machine(Place):
    """A machine: the files are not where a container has them."""

    def layout(self, component: str, in_container: Layout) -> Layout:
        return Layout("/nowhere/data", "/nowhere/config")


def _settings(**values: str) -> Settings:
    return settings(REGISTRY_ADMIN_PASSWORD=PASSWORD, SK_CLUSTER_TYPE="local", **values)


def _exposed(**values: str) -> Exposure:
    return expose(_settings(**values), NAMES.backend, Machine())


@pytest.mark.parametrize(
    ("values", "url"),
    [
        ({}, "http://127.0.0.1:5000"),
        ({"REGISTRY_PORT": "80"}, "http://127.0.0.1"),
        ({"REGISTRY_LISTEN": "192.0.2.7"}, "http://192.0.2.7:5000"),
        ({"REGISTRY_LISTEN": "2001:db8::1"}, "http://[2001:db8::1]:5000"),
        ({"REGISTRY_LISTEN": "0.0.0.0"}, "http://127.0.0.1:5000"),
        ({"REGISTRY_LISTEN": "0.0.0.0", "REGISTRY_TLS": "self-signed"}, "https://127.0.0.1:5000"),
        ({"REGISTRY_FQN": "r.test", "REGISTRY_LISTEN": "0.0.0.0"}, "http://r.test:5000"),
        ({"REGISTRY_FQN": "r.test", "REGISTRY_TLS": "self-signed"}, "https://r.test:5000"),
        ({"REGISTRY_FQN": "r.test", "REGISTRY_TLS": "self-signed", "REGISTRY_PORT": "443"}, "https://r.test"),
        ({"REGISTRY_FQN": "r.test"}, "https://r.test"),
    ],
)
def test_the_address_follows_from_listening_name_and_certificate(values: dict[str, str], url: str) -> None:
    exposure = _exposed(**values)
    assert exposure.address is not None
    assert exposure.address.url == url
    assert bool(exposure.address.ca) == ("self-signed" in values.values())
    assert not exposure.problems


def test_a_name_of_the_cluster_is_not_taken() -> None:
    exposure = expose(settings(CLUSTER_FQN="example.com", SK_CLUSTER_TYPE="local"), NAMES.backend, Machine())
    assert exposure.address is not None
    assert exposure.address.host == "127.0.0.1:5000"
    assert exposure.explanation == ""


@pytest.mark.parametrize("mode", ["nodeport", "loadbalancer", "ingress", "gateway"])
def test_an_exposure_of_clusters_is_not_talked_about_but_named(mode: str) -> None:
    given = _settings(REGISTRY_EXPOSE=mode)
    assert _exposed(REGISTRY_EXPOSE=mode).explanation == ""
    assert list(notes(given, Machine())) == ["REGISTRY_EXPOSE has no effect on one machine"]


def test_idle_settings_are_named_where_they_are() -> None:
    given = _settings(REGISTRY_STORAGE_CLASS="fast", REGISTRY_PVC_SIZE="1Gi", REGISTRY_EXPOSE="none")
    assert list(notes(given, Machine())) == ["REGISTRY_STORAGE_CLASS, REGISTRY_PVC_SIZE have no effect on one machine"]
    assert list(notes(settings(REGISTRY_PORT="5640"), Place())) == ["REGISTRY_PORT has no effect in a cluster"]
    assert list(notes(_settings(REGISTRY_PORT="5640"), Machine())) == []


@pytest.mark.parametrize("port", ["0", "65534", "65535", "70000", "-1"])
def test_ports_out_of_range_are_told_once_and_in_one_machine_alone(port: str) -> None:
    (problem,) = configure(_settings(REGISTRY_PORT=port), (), Machine()).problems
    assert problem.what == f"REGISTRY_PORT={port} is out of range"
    assert "65533" in problem.remedy
    assert configure(_settings(REGISTRY_PORT=port), (), Place()).problems == ()


def test_files_are_for_one_machine() -> None:
    given = settings(REGISTRY_TLS="files", REGISTRY_EXPOSE="ingress", REGISTRY_FQN="r.test")
    assert "REGISTRY_TLS=files is for one machine" in str(expose(given, NAMES.backend, Place()).problems)
