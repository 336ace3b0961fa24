"""What is sent to cert-manager, Replicator and Velero fits their published definitions; Velero's schedules are kept."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator

import pytest
from ruamel.yaml import YAML
from solakube_registry.exposure.tls import certificate

from solakube_core.testing import Place
from tests.e2e.support.installation import Installation
from tests.e2e.testbed import golang
from tests.e2e.testbed.cluster import Cluster
from tests.e2e.testbed.provisioner import Provisioner
from tests.e2e.testbed.versions import CERT_MANAGER, VELERO
from tests.unit.exposure.places import NAMES, settings

# What the cluster knows decides what a deployment makes.
pytestmark = pytest.mark.alone

DEFINITIONS = {
    ("github.com/cert-manager/cert-manager", CERT_MANAGER): (
        "deploy/crds/crd-certificates.yaml",
        "deploy/crds/crd-clusterissuers.yaml",
        "deploy/crds/crd-orders.yaml",
    ),
    ("github.com/vmware-tanzu/velero", VELERO): (
        "config/crd/v1/bases/velero.io_schedules.yaml",
        "config/crd/v1/bases/velero.io_backupstoragelocations.yaml",
    ),
}
LOCATION = {
    "apiVersion": "velero.io/v1",
    "kind": "BackupStorageLocation",
    "metadata": {"name": "default", "namespace": "velero"},
    "spec": {"provider": "aws", "objectStorage": {"bucket": "backups"}},
}


@pytest.fixture(scope="module")
def definitions(cluster: Cluster, provisioner: Provisioner) -> Iterator[None]:
    """The cluster knows the kinds of cert-manager and Velero for as long as this module's tests run."""
    names = []
    for (module, version), files in DEFINITIONS.items():
        folder = golang.module_folder(provisioner.cache, module, version)
        for file in files:
            found = YAML(typ="safe").load(folder / file)
            names.append(found["metadata"]["name"])
            # Labels and annotations may be templates of a chart.
            found["metadata"] = {"name": found["metadata"]["name"]}
            cluster.apply(json.dumps(found))
    crds = [f"crd/{name}" for name in names]
    cluster.kubectl("wait", "--for=condition=Established", "--timeout=300s", *crds)
    yield
    cluster.kubectl("delete", *crds, "--wait=false")


@pytest.fixture
def velero(cluster: Cluster, definitions: None) -> Iterator[None]:
    """Velero's namespace with a storage location."""
    cluster.kubectl("create", "namespace", "velero")
    cluster.apply(json.dumps(LOCATION))
    yield
    cluster.kubectl("delete", "namespace", "velero", "--timeout=300s")


@pytest.mark.usefixtures("definitions")
@pytest.mark.parametrize("mode", ["cert-manager", "wildcard"])
def test_certificates_fit(cluster: Cluster, namespace: str, mode: str) -> None:
    for manifest in certificate(settings(REGISTRY_TLS=mode), NAMES, Place()).objects:
        sent = {**manifest, "metadata": {**manifest["metadata"], "namespace": namespace}}
        strict = ("--server-side", "--validate=strict", "-f", "-", "-o", "json")
        stored = json.loads(cluster.kubectl("apply", *strict, stdin=json.dumps(sent)))
        assert stored.get("spec") == sent.get("spec")
        annotations = sent["metadata"].get("annotations", {})
        assert annotations.items() <= stored["metadata"].get("annotations", {}).items()


@pytest.mark.usefixtures("definitions")
def test_a_certificate_that_is_not_issued_is_explained(inside: Installation, new_host: Callable[[], str]) -> None:
    issuer = {"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "spec": {"selfSigned": {}}}
    inside.cluster.apply(json.dumps({**issuer, "metadata": {"name": inside.name}}))
    inside.cluster.kubectl("create", "namespace", inside.name)
    refuse_order(inside, "the name does not lead here")
    inside.host = new_host()
    inside.environment = {
        "REGISTRY_EXPOSE": "ingress",
        "REGISTRY_TLS": "cert-manager",
        "REGISTRY_CERT_ISSUER": inside.name,
    }
    told = inside.sk("deploy", "registry").refused()
    assert f"Certificate {inside.name}/registry-tls" in told
    assert "the name does not lead here" in told


def refuse_order(installation: Installation, why: str) -> None:
    """Do what cert-manager does when the authority refuses: it is not installed, only its kinds are."""
    metadata = {
        "name": "registry-tls-1",
        "namespace": installation.name,
        "annotations": {"cert-manager.io/certificate-name": "registry-tls"},
    }
    order = {
        "apiVersion": "acme.cert-manager.io/v1",
        "kind": "Order",
        "metadata": metadata,
        "spec": {"issuerRef": {"name": installation.name}, "request": base64.b64encode(b"request").decode()},
    }
    installation.cluster.apply(json.dumps(order))
    status = json.dumps({"status": {"state": "invalid", "reason": why}})
    change = ("patch", "orders.acme.cert-manager.io", "registry-tls-1", "--subresource=status", "--type=merge")
    installation.cluster.kubectl("-n", installation.name, *change, "-p", status)


@pytest.mark.usefixtures("velero")
def test_schedules_are_made_brought_up_to_date_and_taken_away(inside: Installation) -> None:
    def ttl(period: str) -> str:
        schedule = inside.cluster.get("-n", "velero", "schedules.velero.io", f"{inside.name}-default-{period}")
        text: str = schedule["spec"]["template"]["ttl"]
        return text

    def names() -> set[str]:
        items = inside.cluster.get("-n", "velero", "schedules.velero.io")["items"]
        return {item["metadata"]["name"] for item in items}

    assert f"{inside.name}-default-daily" in inside.sk("registry", "backup-config").ok()
    assert (ttl("daily"), ttl("monthly")) == ("720h0m0s", "4464h0m0s")
    changes = {"REGISTRY_BACKUP_RETENTION_DAILY": "7", "REGISTRY_BACKUP_RETENTION_MONTHLY": "0"}
    inside.environment |= changes
    inside.sk("registry", "backup-config").ok()
    # Bug 11 of the original: creating an existing schedule failed, yet success was reported.
    assert ttl("daily") == "168h0m0s"
    assert names() == {f"{inside.name}-default-daily"}
    wrong = inside.sk("registry", "backup-config", REGISTRY_BACKUP_LOCATION_NAME="elsewhere").refused()
    assert "there is no BackupStorageLocation elsewhere" in wrong


def test_without_velero_the_reason_is_told(inside: Installation) -> None:
    told = inside.sk("registry", "backup-config").ok()
    assert "the registry is not backed up: Velero is not installed" in told
