"""The test bed itself: what every other test takes for granted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.e2e.support.programs import Crane
from tests.e2e.support.tls import Authority
from tests.e2e.support.waiting import eventually
from tests.e2e.testbed.catalog import BUSYBOX_IMAGE
from tests.e2e.testbed.cluster import Cluster

SAMPLES = Path(__file__).parent / "samples"


def answers(crane: Crane, host: str) -> bool:
    return crane("catalog", host).exit_code == 0


def test_a_claim_of_the_default_class_binds(cluster: Cluster, namespace: str) -> None:
    cluster.kubectl("apply", "-n", namespace, "-f", "-", stdin=(SAMPLES / "claim.yaml").read_text())
    cluster.kubectl("-n", namespace, "wait", "pod/writer", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=300s")
    claim = cluster.get("pvc/data", "-n", namespace)
    assert (claim["status"]["phase"], claim["spec"]["storageClassName"]) == ("Bound", "standard")


def test_images_go_through_ingress_and_gateway(
    cluster: Cluster,
    namespace: str,
    new_host: Callable[[], str],
    authority: Authority,
    crane: Crane,
    saved_image: Callable[[str], Path],
) -> None:
    host, gateway_host = new_host(), new_host()
    authority.issue(host, gateway_host).store(cluster, namespace, "tls")
    manifest = (SAMPLES / "registry.yaml").read_text().replace("GATEWAY_HOST", gateway_host).replace("HOST", host)
    cluster.kubectl("apply", "-n", namespace, "-f", "-", stdin=manifest)
    cluster.kubectl("-n", namespace, "wait", "pod/registry", "--for=condition=Ready", "--timeout=300s")
    cluster.kubectl("-n", namespace, "wait", "gateway/registry", "--for=condition=Programmed", "--timeout=300s")
    for name in (host, gateway_host):
        eventually(partial(answers, crane, name), f"{name} leads to the registry")

    crane("push", saved_image(BUSYBOX_IMAGE), f"{host}/team/busybox:1").ok()
    assert crane("digest", f"{gateway_host}/team/busybox:1").ok() == crane("digest", f"{host}/team/busybox:1").ok()

    cluster.trust(host, authority.certificate)
    echo = ("run", "pulled", "--restart=Never", f"--image={host}/team/busybox:1", "--", "echo", "it runs")
    cluster.kubectl("-n", namespace, *echo)
    cluster.kubectl("-n", namespace, "wait", "pod/pulled", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=300s")
    assert cluster.kubectl("-n", namespace, "logs", "pulled") == "it runs\n"
