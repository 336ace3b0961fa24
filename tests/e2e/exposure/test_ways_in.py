"""Every way in serves pushes and pulls, and leaves nothing behind when another is chosen."""

from __future__ import annotations

import gzip
import json
import random
import tarfile
from pathlib import Path

from tests.e2e.support.installation import Installation
from tests.e2e.support.tls import Authority
from tests.e2e.support.waiting import eventually
from tests.e2e.testbed.cluster import Cluster

GIB = 2**30


def kinds(installation: Installation) -> set[str]:
    items = installation.get("ingresses,httproutes.gateway.networking.k8s.io,ingressroutes.traefik.io")["items"]
    return {item["kind"] for item in items}


def make_gateway(cluster: Cluster, namespace: str, host: str, authority: Authority) -> None:
    authority.issue(host).store(cluster, namespace, "edge-tls")
    listener = {
        "name": "https",
        "protocol": "HTTPS",
        "port": 443,
        "hostname": host,
        "tls": {"certificateRefs": [{"name": "edge-tls"}]},
        "allowedRoutes": {"namespaces": {"from": "All"}},
    }
    gateway = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "edge", "namespace": namespace},
        "spec": {"gatewayClassName": "traefik", "listeners": [listener]},
    }
    cluster.apply(json.dumps(gateway))


def test_each_mode_serves_and_takes_the_old_ones_objects_away(
    exposed: Installation, namespace: str, authority: Authority
) -> None:
    exposed.sk("deploy", "registry").ok()
    exposed.login()
    digest = exposed.push("app:1", {"file": b"by ingress"})
    assert kinds(exposed) == {"Ingress"}

    make_gateway(exposed.cluster, namespace, exposed.host, authority)
    exposed.environment = {"REGISTRY_EXPOSE": "gateway", "REGISTRY_GATEWAY": f"{namespace}/edge"}
    assert f"HTTPRoute on the Gateway {namespace}/edge" in exposed.sk("deploy", "registry").stderr
    assert kinds(exposed) == {"HTTPRoute"}
    # Traefik takes up to two seconds from a change of routes to serving them, and serves the old one meanwhile.
    eventually(lambda: exposed.pulls("app:1"), "the route serves", steady=4)
    assert exposed.digest("app:1") == digest
    exposed.push("app:2", {"file": b"by gateway"})
    assert exposed.pulls("app:2")

    port = random.randint(30000, 32767)
    exposed.environment = {"REGISTRY_EXPOSE": "nodeport", "REGISTRY_NODE_PORT": str(port)}
    exposed.sk("deploy", "registry").ok()
    assert kinds(exposed) == set()
    exposed.host = f"{exposed.cluster.node_address()}:{port}"
    exposed.login()
    exposed.push("app:3", {"file": b"by node port"})
    assert exposed.pulls("app:1")
    assert exposed.pulls("app:3")

    exposed.environment = {"REGISTRY_EXPOSE": "none"}
    exposed.sk("deploy", "registry", REGISTRY_FQN="registry.test").ok()
    service = exposed.get("service", exposed.full)["spec"]
    assert service["type"] == "ClusterIP"
    assert "nodePort" not in service["ports"][0]


def test_a_layer_of_one_gib_passes_ingress_and_proxy_within_the_limits(exposed: Installation, tmp_path: Path) -> None:
    exposed.environment |= {"REGISTRY_PULL_USERS": "web", "REGISTRY_WEB_PASSWORD": "web's"}
    exposed.sk("deploy", "registry").ok()
    exposed.login()
    layer = tmp_path / "layer.tar.gz"
    with gzip.open(layer, "wb", compresslevel=0) as packed, tarfile.open(fileobj=packed, mode="w|") as archive:
        entry = tarfile.TarInfo("zeros")
        entry.size = GIB
        with Path("/dev/zero").open("rb") as zeros:
            archive.addfile(entry, zeros)
    assert layer.stat().st_size > GIB
    reference = f"{exposed.host}/large:1"
    exposed.crane("append", "--oci-empty-base", "-f", layer, "-t", reference, timeout=300).ok()
    manifest = json.loads(exposed.crane("manifest", reference).ok())
    assert manifest["layers"][0]["size"] == layer.stat().st_size
    layer.unlink()
    exposed.crane.login(exposed.host, "web", "web's").ok()
    exposed.crane("validate", "--remote", reference, timeout=300).ok()
    pod = exposed.pod()
    limits = {entry["name"]: entry["resources"]["limits"]["memory"] for entry in pod["spec"]["containers"]}
    assert limits == {"docker-registry": "256Mi", "reader": "256Mi", "proxy": "128Mi", "reg-tool": "256Mi"}
    assert {status["restartCount"] for status in pod["status"]["containerStatuses"]} == {0}
