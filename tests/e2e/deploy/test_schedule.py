"""Maintenance that runs by itself: a CronJob with next to no rights, and the registry's pod, which does the work."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping

import pytest
from prometheus_client.parser import text_string_to_metric_families
from solakube_regtool.cluster.kinds import KINDS
from solakube_regtool.wording import size

from tests.e2e.support.installation import Installation
from tests.e2e.support.waiting import eventually

LARGE = 3 << 20
SCHEDULE = {
    # No test runs at that time: each asks for a run itself.
    "REGISTRY_GC_SCHEDULE": "0 0 29 2 *",
    "REGISTRY_GC_GRACE": "1s",
    "REGISTRY_UNDO_PERIOD": "0",
}


@pytest.fixture
def scheduled(exposed: Installation) -> Iterator[Installation]:
    """A registry that keeps the last tag, deployed and logged in to."""
    exposed.environment |= {**SCHEDULE, "REGISTRY_RETENTION_KEEP_LAST": "1"}
    exposed.sk("deploy", "registry").ok()
    exposed.login()
    yield exposed
    exposed.cluster.kubectl("delete", "clusterrole,clusterrolebinding", name(exposed), "--ignore-not-found")


def name(installation: Installation) -> str:
    return f"{installation.full}-maintenance"


def run_now(installation: Installation, job: str) -> None:
    installation.cluster.kubectl("-n", installation.name, "create", "job", job, f"--from=cronjob/{name(installation)}")


def run(installation: Installation, job: str) -> None:
    """Have it run, and wait until it has done its work."""
    run_now(installation, job)
    eventually(lambda: ended(installation, job, "Complete"), f"the job {job} is done")


def ended(installation: Installation, job: str, how: str) -> bool:
    conditions = installation.get("job", job).get("status", {}).get("conditions", ())
    return any(entry["type"] == how and entry["status"] == "True" for entry in conditions)


def served(installation: Installation, host: str) -> Mapping[str, float]:
    """The figures that Prometheus would scrape, asked for from inside the pod."""
    code = f"import urllib.request as r; print(r.urlopen('http://{host}:5002/metrics').read().decode(), end='')"
    pod, where = installation.pod()["metadata"]["name"], ("-n", installation.name)
    text = installation.cluster.kubectl(*where, "exec", pod, "-c", "reg-tool", "--", "python3", "-c", code)
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {f"{sample.name}{sorted(sample.labels.values())}": sample.value for sample in samples}


def test_a_run_deletes_what_nobody_holds_frees_it_and_tells(scheduled: Installation, namespace: str) -> None:
    for tag in ("held", "doomed", "last"):
        scheduled.push(f"team/app:{tag}", {tag: os.urandom(LARGE)})
        time.sleep(0.1)
    image = f"--image={scheduled.host}/team/app:held"
    scheduled.cluster.kubectl("-n", namespace, "create", "deployment", "web", image, "--replicas=0")
    time.sleep(2)

    assert "it has not run yet" in scheduled.sk("status", "registry").ok()
    run(scheduled, "first")
    log = scheduled.cluster.kubectl("-n", scheduled.name, "logs", "job/first")
    assert "deleted team/app:doomed" in log
    assert f"keep team/app:held, held by Deployment {namespace}/web" in log
    assert scheduled.sk("registry", "regtool", "list", "team/app").ok() == "held\nlast\n"
    assert scheduled.pulls("team/app:held")
    assert scheduled.pulls("team/app:last")
    assert served(scheduled, "127.0.0.1")["solakube_prune_deleted_tags[]"] == 1

    # What was used lately is looked at in one run, and freed by the next if it still was not used.
    time.sleep(2)
    began = int(time.time())
    run(scheduled, "second")
    figures = served(scheduled, "127.0.0.1")
    assert LARGE < figures["solakube_garbage_collect_freed_bytes[]"] < 2 * LARGE
    assert figures["solakube_prune_deleted_tags[]"] == 0
    assert figures["solakube_prune_held_tags[]"] == 1
    for command in ("garbage-collect", "prune"):
        assert figures[f"solakube_maintenance_last_run_success['{command}']"] == 1
        assert figures[f"solakube_maintenance_last_run_timestamp_seconds['{command}']"] >= began
    by_name = served(scheduled, f"{name(scheduled)}.{scheduled.name}.svc")
    # All but the free space, which others of this machine take, too.
    assert {**by_name, "solakube_data_free_bytes[]": 0} == {**figures, "solakube_data_free_bytes[]": 0}

    told = scheduled.sk("status", "registry").ok()
    assert f"CronJob {scheduled.name}/{name(scheduled)}: waiting (0 0 29 2 *" in told
    assert "next 2028-02-29 00:00:00 UTC" in told
    assert f"Job {scheduled.name}/second: done" in told
    assert "prune: deleted 0 tags, kept 1 that are held" in told
    assert f"garbage-collect: freed {size(int(figures['solakube_garbage_collect_freed_bytes[]']))}" in told


def test_the_job_may_list_what_names_images_and_nothing_else(scheduled: Installation) -> None:
    def may(account: str, *where: str) -> set[str]:
        user = f"--as=system:serviceaccount:{scheduled.name}:{account}"
        groups = [f"--as-group=system:{group}" for group in ("serviceaccounts", "authenticated")]
        lines = scheduled.cluster.kubectl("auth", "can-i", "--list", "--no-headers", user, *groups, *where).splitlines()
        return {" ".join(line.split()) for line in lines}

    listed = {f"{kind.resource}.{kind.group} [] [] [list]".replace(". ", " ") for kind in KINDS}
    for place in (scheduled.name, "kube-system"):
        assert may(name(scheduled), "-n", place) - may("default", "-n", place) == listed
    pod = scheduled.get("cronjob", name(scheduled))["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == name(scheduled)


def test_nobody_gets_maintenance_without_the_token(scheduled: Installation) -> None:
    code = (
        "import urllib.request as r, urllib.error as e\n"
        "try: r.urlopen(r.Request('http://127.0.0.1:5002/maintenance', b'{}', {'Authorization': 'Bearer x'}))\n"
        "except e.HTTPError as error: print(error.code)"
    )
    pod, where = scheduled.pod()["metadata"]["name"], ("-n", scheduled.name)
    told = scheduled.cluster.kubectl(*where, "exec", pod, "-c", "reg-tool", "--", "python3", "-c", code)
    assert told == "401\n"


def test_a_run_that_fails_is_told_with_its_reason(scheduled: Installation) -> None:
    where = ("-n", scheduled.name)
    scheduled.cluster.kubectl(*where, "scale", "deployment", scheduled.full, "--replicas=0")
    gone = ("get", "pods", "-l", "app=docker-registry", "-o", "name")
    eventually(lambda: not scheduled.cluster.kubectl(*where, *gone).strip(), "the registry has ended")
    run_now(scheduled, "vain")
    eventually(lambda: ended(scheduled, "vain", "Failed"), "the job has failed")
    told = scheduled.sk("status", "registry")
    assert told.exit_code == 1
    (line,) = (line for line in told.stdout.splitlines() if f"Job {scheduled.name}/vain" in line)
    assert line.startswith(f"! Job {scheduled.name}/vain: failed")
    assert f"http://{name(scheduled)}.{scheduled.name}.svc:5002 does not do its work" in line


def test_what_asks_nobody_needs_no_right_and_without_a_schedule_nothing_is_left(scheduled: Installation) -> None:
    wide = "clusterroles,clusterrolebindings"

    def left() -> set[str]:
        kinds = f"cronjobs,serviceaccounts,services,configmaps,secrets,{wide}"
        items = scheduled.get(kinds)["items"]
        return {item["kind"] for item in items if item["metadata"]["name"] == name(scheduled)}

    def deploy(**changes: str) -> set[str]:
        scheduled.environment |= changes
        scheduled.sk("deploy", "registry").ok()
        return left()

    always = {"CronJob", "Service", "ConfigMap", "Secret"}
    asking = {*always, "ServiceAccount", "ClusterRole", "ClusterRoleBinding"}
    assert left() == asking
    assert deploy(REGISTRY_RETENTION_KEEP_LAST="") == asking
    assert deploy(REGISTRY_GC_CLUSTER="keep") == always
    scheduled.push("app:1", {"file": b"1"})
    run(scheduled, "now")
    assert deploy(REGISTRY_GC_SCHEDULE="") == set()
    assert "CronJob" not in scheduled.sk("status", "registry").ok()

    deploy(**SCHEDULE, REGISTRY_RETENTION_KEEP_LAST="1", REGISTRY_GC_CLUSTER="ask")
    scheduled.sk("undeploy", "registry", "--yes").ok()
    assert left() == set()
