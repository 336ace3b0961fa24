"""The registry is used by clients that nobody here wrote, over HTTPS, by its name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.e2e.support.installation import PULL_SECRET, Installation
from tests.e2e.support.tls import Authority
from tests.e2e.support.waiting import eventually


def test_an_image_pulls_back_as_it_was_pushed(deployed: Installation, saved_image: Callable[[str], Path]) -> None:
    reference = f"{deployed.host}/tools/busybox:1.37"
    deployed.crane("push", saved_image("busybox:1.37"), reference).ok()
    pushed = deployed.digest("tools/busybox:1.37")
    copy = deployed.crane.home / "copy.tar"
    deployed.crane("pull", reference, copy).ok()
    deployed.crane("push", copy, f"{deployed.host}/again:1").ok()
    assert deployed.pulls("tools/busybox:1.37")
    assert deployed.digest("again:1") == pushed


def test_nobody_gets_in_without_the_password(deployed: Installation) -> None:
    deployed.push("secret/thing:1", {"file": b"content"})
    deployed.crane("auth", "logout", deployed.host).ok()
    refused = deployed.crane("manifest", f"{deployed.host}/secret/thing:1").refused()
    assert "UNAUTHORIZED" in refused
    assert "UNAUTHORIZED" in deployed.crane("catalog", deployed.host).refused()


def test_the_deployment_says_where_it_is_and_what_to_do_next(exposed: Installation) -> None:
    result = exposed.sk("deploy", "registry")
    assert f"registry is ready at https://{exposed.host}" in result.ok()
    assert f"docker login {exposed.host} -u admin" in result.stdout
    assert f"https://{exposed.host}/v2/ answers 401" in result.stderr
    assert f"https://{exposed.host}/v2/ answers 200" in result.stderr


def test_a_pod_runs_an_image_of_the_registry(
    deployed: Installation, saved_image: Callable[[str], Path], authority: Authority
) -> None:
    deployed.crane("push", saved_image("busybox:1.37"), f"{deployed.host}/busybox:1").ok()
    deployed.cluster.trust(deployed.host, authority.certificate)
    deployed.store_pull_secret(deployed.name)
    container = {
        "name": "hello",
        "image": f"{deployed.host}/busybox:1",
        "imagePullPolicy": "Always",
        "command": ["echo", "hello from the registry"],
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "hello", "namespace": deployed.name},
        "spec": {
            "restartPolicy": "Never",
            "imagePullSecrets": [{"name": PULL_SECRET}],
            "containers": [container],
        },
    }
    deployed.cluster.apply(json.dumps(pod))
    eventually(lambda: deployed.get("pod", "hello")["status"]["phase"] == "Succeeded", "the pod runs to its end")
    assert deployed.cluster.kubectl("-n", deployed.name, "logs", "hello") == "hello from the registry\n"
    assert "PUT /v2/busybox/manifests/1" in deployed.sk("logs", "registry", "-n", "0").ok()
