"""An installation made by the original SolaKube, by Helm, is taken over with its images."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.support.installation import Installation
from tests.e2e.support.waiting import eventually

SAMPLE = Path(__file__).parents[1] / "samples" / "original.yaml"


def test_an_original_installation_is_adopted(exposed: Installation) -> None:
    original = SAMPLE.read_text(encoding="utf-8").replace("APP", exposed.name).replace("HOST", exposed.host)
    exposed.cluster.kubectl("create", "--field-manager=helm", "-f", "-", stdin=original)
    exposed.cluster.kubectl("-n", exposed.name, "rollout", "status", "--timeout=300s", f"deployment/{exposed.full}")
    eventually(lambda: exposed.crane("catalog", exposed.host).exit_code == 0, "the original answers")
    digest = exposed.push("old/image:1", {"file": b"from the original's days"})
    volume = exposed.get("pvc", exposed.full)["spec"]["volumeName"]

    exposed.sk("deploy", "registry").ok()

    assert "401" in exposed.crane("digest", f"{exposed.host}/old/image:1").refused()
    exposed.login()
    assert exposed.digest("old/image:1") == digest
    assert exposed.pulls("old/image:1")
    assert exposed.get("pvc", exposed.full)["spec"]["volumeName"] == volume
    spec = exposed.get("deployment", exposed.full)["spec"]["template"]["spec"]
    assert sorted(container["name"] for container in spec["containers"]) == ["docker-registry", "reg-tool"]
    assert exposed.pod()["status"]["phase"] == "Running"
    versions = exposed.versions()
    exposed.sk("deploy", "registry").ok()
    assert exposed.versions() == versions


def test_the_images_of_an_original_installation_outlive_the_registry_unless_they_are_named(
    exposed: Installation,
) -> None:
    original = SAMPLE.read_text(encoding="utf-8").replace("APP", exposed.name).replace("HOST", exposed.host)
    exposed.cluster.kubectl("create", "--field-manager=helm", "-f", "-", stdin=original)
    exposed.sk("deploy", "registry").ok()
    exposed.sk("undeploy", "registry", "--yes", "--delete-data").ok()
    left = exposed.cluster.kubectl("-n", exposed.name, "get", "deploy,ingress,secret,pvc", "-o", "name").split()
    kept = {f"persistentvolumeclaim/{exposed.full}", f"secret/{exposed.full}-secret"}
    assert set(left) == {*kept, "secret/own-tls"}
    named = ("--delete-also", f"pvc/{exposed.full}", "--delete-also", f"secret/{exposed.full}-secret")
    exposed.sk("undeploy", "registry", "--yes", *named).ok()
    assert exposed.get("pvc")["items"] == []
