"""Two registries share a bucket: whatever happens to one of them, pushes and pulls go on."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.support.installation import Installation
from tests.e2e.support.object_storage import BUCKET, KEYS
from tests.e2e.support.programs import Result
from tests.e2e.support.waiting import eventually
from tests.e2e.testbed import loading
from tests.e2e.testbed.catalog import VERSITYGW_IMAGE
from tests.e2e.testbed.provisioner import Provisioner

STORE, PORT = "store", 7070
AT_LEAST = 3
"""Pushes that have to be done before, while and after something happens."""


class Pusher:
    """Pushes images, one after the other, until it is told to stop."""

    def __init__(self, installation: Installation) -> None:
        self.pushed: list[str] = []
        self.refused: list[str] = []
        self._installation = installation
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._push, daemon=True)

    def _push(self) -> None:
        while not self._stopped.is_set():
            image = f"load:{len(self.pushed) + len(self.refused)}"
            try:
                self._installation.push(image, {"file": image.encode() * 1000})
                self.pushed.append(image)
            except AssertionError as error:
                self.refused.append(str(error))

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Push while the context lasts, some images at its beginning and some at its end."""
        self._thread.start()
        try:
            self.more()
            yield
            self.more()
        finally:
            self._stopped.set()
            self._thread.join()

    def more(self) -> None:
        """Wait for some more pushes."""
        enough = len(self.pushed) + len(self.refused) + AT_LEAST
        eventually(lambda: len(self.pushed) + len(self.refused) >= enough, "images are pushed")


@pytest.fixture
def sharing(exposed: Installation, provisioner: Provisioner) -> Installation:
    """Two registries, deployed with an S3 server in their namespace, and logged in to."""
    provisioner.image(VERSITYGW_IMAGE)
    loading.load([VERSITYGW_IMAGE], exposed.cluster.node)
    for manifest in store(exposed.name):
        exposed.cluster.apply(json.dumps(manifest))
    exposed.environment |= {
        "REGISTRY_STORAGE": "s3",
        "REGISTRY_S3_ENDPOINT": f"http://{STORE}.{exposed.name}.svc:{PORT}",
        "REGISTRY_S3_BUCKET": BUCKET,
        "REGISTRY_S3_ACCESS_KEY": KEYS.access,
        "REGISTRY_S3_SECRET_KEY": KEYS.secret,
        "REGISTRY_REPLICAS": "2",
        "REGISTRY_GC_SCHEDULE": "0 3 1 1 *",
        "REGISTRY_GC_GRACE": "1s",
        "REGISTRY_GC_UNTAGGED_GRACE": "1s",
        "REGISTRY_UNDO_PERIOD": "0",
    }
    exposed.cluster.kubectl(
        "-n", exposed.name, "wait", "deployment", STORE, "--for=condition=Available", "--timeout=300s"
    )
    told = exposed.sk("deploy", "registry")
    told.ok()
    assert "is not looked into from here" in told.stderr
    assert "not redirected: its endpoint speaks plain HTTP" in told.stderr
    exposed.login()
    return exposed


def store(namespace: str) -> list[dict[str, object]]:
    """An S3 server with a bucket."""
    labels = {"app": STORE}
    mounts = [{"name": "data", "mountPath": "/data"}]
    container = {
        "name": STORE,
        "image": VERSITYGW_IMAGE,
        "imagePullPolicy": "Never",
        "args": ["--port", f":{PORT}", "posix", "/data"],
        "env": [
            {"name": "ROOT_ACCESS_KEY", "value": KEYS.access},
            {"name": "ROOT_SECRET_KEY", "value": KEYS.secret},
        ],
        "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1},
        "volumeMounts": mounts,
    }
    first = {
        "name": "bucket",
        "image": VERSITYGW_IMAGE,
        "imagePullPolicy": "Never",
        "command": ["mkdir", "-p", f"/data/{BUCKET}"],
        "volumeMounts": mounts,
    }
    pod = {"initContainers": [first], "containers": [container], "volumes": [{"name": "data", "emptyDir": {}}]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    metadata = {"name": STORE, "namespace": namespace}
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": {"selector": {"matchLabels": labels}, "template": template},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"selector": labels, "ports": [{"port": PORT}]},
        },
    ]


def pods(sharing: Installation) -> list[str]:
    """The names of the registry's pods, apart from those that are being ended."""
    found = sharing.cluster.get("-n", sharing.name, "pods", "-l", "app=docker-registry")["items"]
    return [pod["metadata"]["name"] for pod in found if "deletionTimestamp" not in pod["metadata"]]


def log(sharing: Installation, pod: str) -> str:
    return sharing.cluster.kubectl("-n", sharing.name, "logs", pod, "-c", "docker-registry")


def collect(sharing: Installation) -> Result:
    """Free what was used a second ago at the latest, by hand."""
    return sharing.sk("registry", "garbage-collect", "-o", "json")


def assert_space_is_freed(sharing: Installation, ends: str) -> None:
    """Collect while images are pushed to both registries, and one of these is replaced: no push is refused."""
    sharing.push("old:1", {"file": b"nobody needs this" * 1000})
    sharing.sk("registry", "delete", "old:1", "--yes").ok()
    pusher = Pusher(sharing)
    with pusher.at_work():
        eventually(lambda: bool(json.loads(collect(sharing).ok())["total"]["manifests"]), "the image is freed")
        sharing.cluster.kubectl("-n", sharing.name, "delete", "pod", ends, "--wait=false")
        eventually(lambda: len(pods(sharing)) == 2 and ends not in pods(sharing), "the pod is replaced")
        # The one that ends may have requests under way, and the new one may not listen yet: then nothing is freed.
        eventually(lambda: collect(sharing).exit_code == 0, "both tell what they do")
        pusher.more()
        assert_schedule_collects(sharing)
    print(f"collected beside {len(pusher.pushed)} pushes")
    assert pusher.refused == []
    assert "0 of them damaged" in sharing.sk("registry", "fsck", "--deep").ok()


def assert_schedule_collects(sharing: Installation) -> None:
    """Have the CronJob's job run now."""
    namespace, job = ("-n", sharing.name), f"{sharing.full}-maintenance"
    sharing.cluster.kubectl(*namespace, "create", "job", "now", f"--from=cronjob/{job}")
    sharing.cluster.kubectl(*namespace, "wait", "job", "now", "--for=condition=Complete", "--timeout=300s")
    assert "garbage-collect: freed" in sharing.sk("status", "registry").ok()


def test_pushes_and_pulls_go_on_whatever_happens_to_one_of_two(sharing: Installation, tmp_path: Path) -> None:
    both = pods(sharing)
    assert len(both) == 2
    assert sharing.get("poddisruptionbudgets", sharing.full)["spec"]["maxUnavailable"] == 1
    assert not sharing.get("persistentvolumeclaims")["items"]

    assert_space_is_freed(sharing, both[0])
    both = pods(sharing)

    killed = Pusher(sharing)
    with killed.at_work():
        for method in ("POST", "PUT", "GET"):
            eventually(
                lambda method=method: all(f"http.request.method={method}" in log(sharing, pod) for pod in both),  # type: ignore[misc]
                f"both serve {method}",
            )
        sharing.cluster.kubectl("-n", sharing.name, "delete", "pod", both[0], "--grace-period=0", "--force")
        killed.more()
        eventually(lambda: len(pods(sharing)) == 2, "the killed one is replaced")
    print(f"killed: {len(killed.pushed)} pushed, {len(killed.refused)} refused")

    rolled = Pusher(sharing)
    sharing.write("deployment/registry/chart-values.yaml", "configData: {log: {level: debug}}\n")
    with rolled.at_work():
        sharing.sk("deploy", "registry").ok()
    print(f"rolled: {len(rolled.pushed)} pushed, {len(rolled.refused)} refused")
    assert not set(pods(sharing)) & set(both)
    assert rolled.refused == []
    assert "0 of them damaged" in sharing.sk("registry", "fsck", "--deep").ok()
    assert sharing.pulls(killed.pushed[0])
    backup = json.loads(sharing.sk("registry", "backup", str(tmp_path / "backup"), "-o", "json").ok())
    assert backup["items"][0]["tags"] >= len(rolled.pushed)
    assert backup["total"]["faults"] == []
    assert "backup: " in sharing.sk("status", "registry").ok()
    again = sharing.sk("deploy", "registry")
    again.ok()
    assert "nothing to change" in again.stderr
