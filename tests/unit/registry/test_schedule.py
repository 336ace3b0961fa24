"""What a schedule adds to the plan, and what it may."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from solakube_registry.configure import configure
from solakube_registry.manifests import registry_objects
from solakube_registry.manifests.inputs import Inputs, Scheduled
from solakube_registry.plan import deploy
from solakube_registry.variables import VARIABLES
from solakube_regtool.cluster.kinds import KINDS
from solakube_regtool.commands.maintain import read_order

from solakube_core.model import Access, Manifest, Plan, StorageChoice
from solakube_core.testing import Place, stored
from tests.unit.exposure.places import settings
from tests.unit.registry.test_manifests import INPUTS

NAME = "registry-docker-registry-maintenance"
BLIND = Scheduled("30 3 * * *", {"rules": [], "grace": "1h", "cluster": "keep"}, ())
ASKING = replace(BLIND, policy={**BLIND.policy, "cluster": "ask"}, kinds=KINDS)
PASSWORD = {"REGISTRY_ADMIN_PASSWORD": "secret"}
NIGHTLY = {**PASSWORD, "REGISTRY_GC_SCHEDULE": "30 3 * * *"}


def added(scheduled: Scheduled, inputs: Inputs = INPUTS) -> dict[str, Manifest]:
    """The objects that are there for the schedule alone, by kind."""
    objects = registry_objects(replace(inputs, schedule=scheduled, token="t0ken"))
    return {item["kind"]: item for item in objects if item["metadata"]["name"] == NAME}


def job_pod(scheduled: Scheduled, inputs: Inputs = INPUTS) -> Any:
    return added(scheduled, inputs)["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]


def planned(objects: tuple[Manifest, ...] = (), /, **values: str) -> Plan:
    return deploy(settings(**PASSWORD, **values), (), StorageChoice("standard", "10Gi"), None, Place(objects))


def test_without_a_schedule_nothing_is_added() -> None:
    assert [item for item in registry_objects(INPUTS) if item["metadata"]["name"] == NAME] == []
    assert planned().schedules == ()


def test_what_asks_nobody_takes_no_right_at_all() -> None:
    assert set(added(BLIND)) == {"Secret", "ConfigMap", "Service", "CronJob"}
    spec = job_pod(BLIND)["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["serviceAccountName"] == "default"


def test_a_run_takes_the_right_to_list_what_names_images_and_no_other() -> None:
    objects = added(ASKING)
    assert set(objects) == {*added(BLIND), "ServiceAccount", "ClusterRole", "ClusterRoleBinding"}
    assert objects["ClusterRole"]["rules"] == [
        {"apiGroups": [""], "resources": ["pods", "podtemplates", "replicationcontrollers"], "verbs": ["list"]},
        {
            "apiGroups": ["apps"],
            "resources": ["deployments", "replicasets", "statefulsets", "daemonsets", "controllerrevisions"],
            "verbs": ["list"],
        },
        {"apiGroups": ["batch"], "resources": ["jobs", "cronjobs"], "verbs": ["list"]},
    ]
    subject = {"kind": "ServiceAccount", "name": NAME, "namespace": "registry"}
    assert objects["ClusterRoleBinding"]["subjects"] == [subject]
    assert objects["ClusterRoleBinding"]["roleRef"]["name"] == NAME
    assert job_pod(ASKING)["spec"]["serviceAccountName"] == NAME
    assert job_pod(ASKING)["spec"]["automountServiceAccountToken"] is True
    for kind in ("ClusterRole", "ClusterRoleBinding"):
        assert "namespace" not in objects[kind]["metadata"]


def test_one_run_at_a_time_with_bounds() -> None:
    spec = added(BLIND)["CronJob"]["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("30 3 * * *", "Etc/UTC", "Forbid")
    assert spec["startingDeadlineSeconds"] == 3600
    job = spec["jobTemplate"]["spec"]
    assert (job["backoffLimit"], job["activeDeadlineSeconds"]) == (2, 21600)
    assert job["template"]["spec"]["restartPolicy"] == "Never"


def test_the_jobs_pod_is_restricted_small_and_no_registry() -> None:
    pod = job_pod(ASKING)
    assert not INPUTS.names.selector.items() <= pod["metadata"]["labels"].items()
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    (container,) = pod["spec"]["containers"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["resources"]["limits"] == {"memory": "128Mi"}
    placed = replace(INPUTS, values={**INPUTS.values, "tolerations": [{"operator": "Exists"}]})
    assert job_pod(ASKING, placed)["spec"]["tolerations"] == [{"operator": "Exists"}]


def test_the_token_is_in_its_secret_alone() -> None:
    inputs = replace(INPUTS, schedule=ASKING, token="t0ken")
    assert "t0ken" not in repr(inputs)
    objects = registry_objects(inputs)
    holders = [item for item in objects if "t0ken" in json.dumps(item)]
    assert [(item["kind"], item["metadata"]["name"]) for item in holders] == [("Secret", NAME)]


def test_the_token_is_made_once_and_kept() -> None:
    first = planned(REGISTRY_GC_SCHEDULE="@daily")
    secrets = tuple(stored(item) for item in first.objects if item["kind"] == "Secret")
    again = planned(secrets, REGISTRY_GC_SCHEDULE="@daily")
    assert again.objects == first.objects


def test_the_policy_is_made_of_the_retention_variables() -> None:
    policy = {"REGISTRY_RETENTION_KEEP_LAST": "3", "REGISTRY_RETENTION_KEEP_TAGS": "v*, latest"}
    plan = planned(REGISTRY_GC_SCHEDULE="@daily", REGISTRY_GC_GRACE="2h", **policy)
    (config,) = (item for item in plan.objects if (item["kind"], item["metadata"]["name"]) == ("ConfigMap", NAME))
    rule = {"repositories": "*", "keep_last": "3", "keep_tags": ["v*", "latest"]}
    told = json.loads(config["data"]["policy.json"])
    assert (told["rules"], told["grace"], told["cluster"]) == ([rule], "2h", "ask")


def test_further_kinds_are_listed_too() -> None:
    further = "serving.knative.dev/v1/revisions"
    plan = planned(REGISTRY_GC_SCHEDULE="@daily", REGISTRY_HOLDER_KINDS=further)
    config, role = (
        next(item for item in plan.objects if item["kind"] == kind and item["metadata"]["name"] == NAME)
        for kind in ("ConfigMap", "ClusterRole")
    )
    assert {"v1/pods", further} <= set(json.loads(config["data"]["policy.json"])["kinds"])
    assert {"apiGroups": ["serving.knative.dev"], "resources": ["revisions"], "verbs": ["list"]} in role["rules"]


def test_a_machine_without_a_cluster_gets_the_same_as_a_schedule() -> None:
    plan = planned(REGISTRY_GC_SCHEDULE="@daily", REGISTRY_RETENTION_KEEP_LAST="3")
    (schedule,) = plan.schedules
    assert (schedule.name, schedule.cron) == ("maintenance", "@daily")
    assert schedule.arguments[0] == "maintain"
    assert read_order(schedule.stdin)[:2] == (True, "1h")
    assert json.loads(schedule.stdin)["held"] == {}


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({}, ""),
        ({"REGISTRY_RETENTION_KEEP_LAST": "3"}, ""),
        ({"REGISTRY_RETENTION_KEEP_TAGS": "v*"}, "does not tell what may go"),
        ({"REGISTRY_GC_CLUSTER": "keep"}, ""),
        ({"REGISTRY_GC_CLUSTER": "keep", "REGISTRY_RETENTION_KEEP_LAST": "3"}, "does not go with"),
    ],
)
def test_what_would_fail_at_night_is_told_now(values: dict[str, str], problem: str) -> None:
    found = configure(settings(**NIGHTLY, **values), (), Place()).problems
    assert [problem in entry.what for entry in found] == ([True] if problem else [])
    assert configure(settings(**PASSWORD, **values), (), Place()).problems == ()


def test_what_is_granted_must_be_had() -> None:
    def access(**values: str) -> set[Access]:
        return set(configure(settings(**values), (), Place()).access)

    blind = access(**NIGHTLY, REGISTRY_GC_CLUSTER="keep")
    assert {entry.resource for entry in blind - access(**PASSWORD)} == {"cronjobs"}
    asking = access(**NIGHTLY, REGISTRY_HOLDER_KINDS="serving.knative.dev/v1/revisions") - blind
    assert {str(entry) for entry in asking} >= {
        "list revisions.serving.knative.dev cluster-wide",
        "list pods cluster-wide",
        "list controllerrevisions.apps cluster-wide",
        "create clusterroles.rbac.authorization.k8s.io cluster-wide",
        "patch clusterrolebindings.rbac.authorization.k8s.io cluster-wide",
        "create serviceaccounts in namespace registry",
    }
    assert {entry.verb for entry in asking if not entry.namespace and "cluster" not in entry.resource} == {"list"}


def test_a_wrong_schedule_is_told_with_the_reason() -> None:
    (found,) = settings(**PASSWORD, REGISTRY_GC_SCHEDULE="0 3 * * 7").problems(VARIABLES)
    assert found.what.startswith("REGISTRY_GC_SCHEDULE: '0 3 * * 7' is not a cron schedule")
    assert "0 (Sunday) to 6" in found.why
