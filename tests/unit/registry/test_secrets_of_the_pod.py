"""What whoever is in the registry's pod finds there, as docs/security.md tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.exposure.places import NAMES
from tests.unit.users.test_front import containers, made, planned, pod

SHAPES = {
    "plain": {},
    "users": {"REGISTRY_PULL_USERS": "web", "REGISTRY_PUSH_USERS": "ci"},
    "schedule": {"REGISTRY_GC_SCHEDULE": "30 3 * * *"},
    "metrics": {"REGISTRY_METRICS": "on"},
    "rotation": {"REGISTRY_ROTATE_SCHEDULE": "0 4 * * 0"},
}


def secrets(value: Any) -> Iterator[tuple[str, str]]:
    """Find each key of a Secret that a pod is given, by a volume or a variable."""
    if isinstance(value, list):
        for entry in value:
            yield from secrets(entry)
    elif isinstance(value, dict):
        if "secretName" in value:
            # Without a list of keys all of them are given.
            yield from ((value["secretName"], item["key"]) for item in value.get("items", [{"key": "*"}]))
        if "secretKeyRef" in value:
            yield value["secretKeyRef"]["name"], value["secretKeyRef"]["key"]
        if "secretRef" in value:
            yield value["secretRef"]["name"], "*"
        for entry in value.values():
            yield from secrets(entry)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_pod_gets_hashes_and_tokens_of_its_own_and_no_password(shape: str) -> None:
    hashes = {(NAMES.secret.name, key) for key in ("htpasswd", "htpasswd-reader", "haSharedSecret")}
    token = {(NAMES.maintenance, "*")} if shape == "schedule" else set()
    assert set(secrets(pod(planned(**SHAPES[shape])))) <= hashes | token


def test_the_proxy_has_no_file_but_its_configuration() -> None:
    proxy = containers(planned(**SHAPES["users"]))["proxy"]
    assert list(secrets(proxy)) == []
    assert [mount["name"] for mount in proxy["volumeMounts"]] == ["proxy"]


@pytest.mark.parametrize("shape", ["plain", "users"])
def test_each_process_asks_for_a_login_and_its_debug_address_is_the_pods_alone(shape: str) -> None:
    configs = made(planned(**SHAPES[shape]), "ConfigMap", NAMES.config.name)["data"]
    for name in {"config.yml", "reader.yml"} & set(configs):
        config = json.loads(configs[name])
        assert set(config["auth"]) == {"htpasswd"}
        assert config["http"]["debug"]["addr"].startswith("127.0.0.1:")


@pytest.mark.parametrize("exposure", [None, *("ingress", "gateway", "nodeport", "loadbalancer")])
@pytest.mark.parametrize("shape", ["plain", "users"])
def test_what_is_between_the_exposure_and_the_pod_is_plain_http(shape: str, exposure: str | None) -> None:
    """So what passes there is seen by whoever is on that network."""
    tls = {"REGISTRY_EXPOSE": exposure, "REGISTRY_TLS_SECRET_NAME": "own-tls"} if exposure else {}
    plan = planned(**SHAPES[shape], **tls)
    configs = made(plan, "ConfigMap", NAMES.config.name)["data"]
    assert all("tls" not in json.loads(configs[name])["http"] for name in {"config.yml", "reader.yml"} & set(configs))
    assert " ssl" not in configs.get("haproxy.cfg", "")
    assert "own-tls" not in json.dumps(pod(plan))
