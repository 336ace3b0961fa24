"""What the cluster names stays and pulls, in whatever way it is collected; what nobody needs goes."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.deploy.test_schedule import SCHEDULE
from tests.e2e.deploy.test_schedule import run as run_scheduled
from tests.e2e.support.installation import PULL_SECRET, Installation
from tests.e2e.support.tls import Authority
from tests.e2e.support.waiting import eventually

SIZE = 1 << 20
SOON = ("--grace=1s", "--now", "--wait", "--untagged-grace=1s")


@dataclass(frozen=True)
class Workloads:
    """What a namespace runs, by digests whose tags have moved on.

    Attributes:
        registry: where the images are.
        namespace: of the workloads.
        needed: the digests, with what verifies them.
    """

    registry: Installation
    namespace: str
    needed: tuple[str, ...]

    def pull(self) -> None:
        """Pull all of it."""
        for image in self.needed:
            assert self.registry.pulls(image), image


def push(installation: Installation, image: str) -> str:
    """Push an image that shares no byte with another; returns its name by digest."""
    digest = installation.push(image, {"file": os.urandom(SIZE)})
    return f"{image.partition(':')[0]}@{digest}"


def attach(installation: Installation, image: str, kind: str) -> str:
    """Push what belongs to an image as cosign does; returns its name by tag."""
    repository, _, digest = image.partition("@")
    name = f"{repository}:{digest.replace(':', '-')}{kind}"
    push(installation, name)
    return name


@pytest.fixture
def workloads(deployed: Installation, namespace: str) -> Workloads:
    """A Deployment, its older ReplicaSet and a CronJob; one image for two platforms, one signed, with an SBOM."""
    kubectl = deployed.cluster.kubectl
    old = push(deployed, "team/app:main")
    place = ("-n", namespace)
    kubectl(*place, "create", "deployment", "web", f"--image={deployed.host}/{old}", "--replicas=0")
    running = push(deployed, "team/app:main")
    kubectl(*place, "set", "image", "deployment/web", f"app={deployed.host}/{running}")
    verifying = [attach(deployed, running, kind) for kind in (".sig", ".sbom")]
    platforms = [push(deployed, f"team/job:{name}") for name in ("amd64", "arm64")]
    parts = [part for name in ("amd64", "arm64") for part in ("-m", f"{deployed.host}/team/job:{name}")]
    deployed.crane("index", "append", *parts, "-t", f"{deployed.host}/team/job:main").ok()
    job = f"team/job@{deployed.digest('team/job:main')}"
    image = f"--image={deployed.host}/{job}"
    kubectl(*place, "create", "cronjob", "nightly", "--schedule=0 0 29 2 *", image)
    for tag in ("main", "amd64", "arm64"):
        push(deployed, f"team/job:{tag}")
    push(deployed, "team/app:main")
    return Workloads(deployed, namespace, (old, running, *verifying, job, *platforms))


def doomed(installation: Installation) -> str:
    """Push an image that nobody needs soon; returns its name by digest."""
    image = push(installation, "team/other:main")
    push(installation, "team/other:main")
    return image


def test_it_stays_and_pulls_however_it_is_collected(workloads: Workloads, authority: Authority) -> None:
    registry = workloads.registry
    before = doomed(registry)
    registry.sk("registry", "prune", "--yes", REGISTRY_RETENTION_KEEP_LAST="1").ok()
    time.sleep(2)
    told = registry.sk("registry", "garbage-collect", *SOON).ok()
    assert "none of them damaged" in told
    assert not registry.pulls(before)
    workloads.pull()

    before = doomed(registry)
    time.sleep(2)
    registry.sk("registry", "garbage-collect", "--offline", "--now", "--untagged-grace=1s").ok()
    assert not registry.pulls(before)
    workloads.pull()

    before = doomed(registry)
    registry.environment |= {**SCHEDULE, "REGISTRY_RETENTION_KEEP_LAST": "1", "REGISTRY_GC_UNTAGGED_GRACE": "1s"}
    registry.sk("deploy", "registry").ok()
    time.sleep(2)
    for job in ("first", "second"):
        run_scheduled(registry, job)
        time.sleep(2)
    assert not registry.pulls(before)
    workloads.pull()

    assert "none of them damaged" in registry.sk("registry", "check").ok()
    _pull_on_the_node(workloads, authority)


def _pull_on_the_node(workloads: Workloads, authority: Authority) -> None:
    """A pod that is to run what the Deployment names gets its image."""
    registry, cluster = workloads.registry, workloads.registry.cluster
    cluster.trust(registry.host, authority.certificate)
    registry.store_pull_secret(workloads.namespace)
    secret = json.dumps({"spec": {"template": {"spec": {"imagePullSecrets": [{"name": PULL_SECRET}]}}}})
    where = ("-n", workloads.namespace)
    cluster.kubectl(*where, "patch", "deployment", "web", "--type=merge", "-p", secret)
    cluster.kubectl(*where, "scale", "deployment", "web", "--replicas=1")

    def pulled() -> bool:
        events = cluster.get(*where, "events", "--field-selector=reason=Pulled")["items"]
        return any("Successfully pulled image" in event["message"] for event in events)

    eventually(pulled, "the node has pulled the image")


def test_whoever_may_not_list_frees_nothing_that_has_no_tag(workloads: Workloads, tmp_path: Path) -> None:
    registry = workloads.registry
    untagged = doomed(registry)
    registry.sk("registry", "regtool", "delete", "team/other:main").ok()
    time.sleep(2)
    user = _restricted(registry, tmp_path)
    done = registry.sk("registry", "garbage-collect", *SOON, KUBECONFIG=str(user), SK_CLUSTER_TYPE="kind")
    assert "freed 0 B" in done.ok()
    assert "it is not known which images the cluster names" in done.stdout + done.stderr
    assert registry.pulls(untagged)
    workloads.pull()
    ignoring = ("--ignore-cluster",)
    registry.sk("registry", "garbage-collect", *SOON, *ignoring, KUBECONFIG=str(user)).ok()
    assert not registry.pulls(untagged)
    assert not registry.pulls(workloads.needed[0])
    told = registry.sk("registry", "check")
    assert told.exit_code == 1
    assert f"{workloads.needed[0]}: is not here; held by ReplicaSet {workloads.namespace}/web-" in told.stdout


def _restricted(registry: Installation, folder: Path) -> Path:
    """Make a user who may do everything in the registry's namespace and nothing beside it; returns his kubeconfig."""
    kubectl, where = registry.cluster.kubectl, ("-n", registry.name)
    kubectl(*where, "create", "serviceaccount", "operator")
    account = f"--serviceaccount={registry.name}:operator"
    kubectl(*where, "create", "rolebinding", "operator", "--clusterrole=admin", account)
    token = kubectl(*where, "create", "token", "operator").strip()
    config = json.loads(kubectl("config", "view", "--raw", "-o", "json"))
    config["users"][0]["user"] = {"token": token}
    path = folder / "operator.json"
    path.write_text(json.dumps(config))
    path.chmod(0o600)
    return path
