"""Development tools find the registry, and are told what they need."""

from __future__ import annotations

from tests.e2e.support.installation import Installation

FOUND_BY = ("-n", "kube-public", "configmap", "local-registry-hosting")


def test_tools_find_the_registry_until_it_goes_and_that_of_others_stays(exposed: Installation) -> None:
    exposed.environment = {**exposed.environment, "REGISTRY_ANNOUNCE": "Y"}
    exposed.cluster.kubectl("create", *FOUND_BY, "--from-literal=localRegistryHosting.v1=host: localhost:5001")
    assert "local-registry-hosting" in exposed.sk("deploy", "registry").refused()
    assert "localhost:5001" in exposed.cluster.get(*FOUND_BY)["data"]["localRegistryHosting.v1"]
    exposed.cluster.kubectl("delete", *FOUND_BY)

    exposed.sk("deploy", "registry").ok()
    assert f'host: "{exposed.host}"\n' in exposed.cluster.get(*FOUND_BY)["data"]["localRegistryHosting.v1"]
    assert f"export KO_DOCKER_REPO={exposed.host}\n" in exposed.sk("registry", "env", "ko").ok()
    exposed.sk("undeploy", "registry", "--yes").ok()
    assert exposed.cluster.kubectl("get", *FOUND_BY, "--ignore-not-found", "-o", "name") == ""
