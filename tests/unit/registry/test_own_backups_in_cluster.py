"""The backups that the registry takes of itself in a cluster: a claim beside it, and a CronJob that asks."""

from __future__ import annotations

from typing import Any

import pytest
from solakube_registry.configure import configure
from solakube_registry.naming import BACKUP_PATH
from solakube_registry.plan import deploy
from solakube_regtool.backup.keeping import Periods
from solakube_regtool.commands.backup import read_periods

from solakube_core.errors import Problem
from solakube_core.model import Manifest, Plan, StorageChoice
from solakube_core.testing import Place, stored, thing
from tests.unit.exposure.places import settings

PASSWORD = {"REGISTRY_ADMIN_PASSWORD": "secret"}
NAME = "registry-docker-registry-backup"
TO = {"REGISTRY_BACKUP_TO": "pvc:spare"}
BUCKET = {
    "REGISTRY_STORAGE": "s3",
    "REGISTRY_S3_BUCKET": "images",
    "REGISTRY_S3_REGION": "eu-1",
    "REGISTRY_S3_ACCESS_KEY": "key",
    "REGISTRY_S3_SECRET_KEY": "secret",
}


def claim(*modes: str, name: str = "spare") -> Manifest:
    return thing("v1", "PersistentVolumeClaim", name, "registry", spec={"accessModes": list(modes)})


def planned(*live: Manifest, **values: str) -> Plan:
    given = settings(**PASSWORD, **TO, **values)
    return deploy(given, (), StorageChoice("standard", "10Gi"), None, Place(live))


def of_kind(plan: Plan, kind: str, name: str) -> Any:
    (found,) = (item for item in plan.objects if (item["kind"], item["metadata"]["name"]) == (kind, name))
    return found


def pod(plan: Plan) -> Any:
    return of_kind(plan, "Deployment", "registry-docker-registry")["spec"]["template"]["spec"]


def problems(*live: Manifest, **values: str) -> list[Problem]:
    given = settings(**PASSWORD, **{**TO, **values})
    return [found for found in configure(given, (), Place(live)).problems if "REGISTRY_BACKUP_TO" in found.what]


def test_the_maintenance_program_alone_has_the_claim() -> None:
    spec = pod(planned(claim("ReadWriteOnce")))
    assert {"name": "backup", "persistentVolumeClaim": {"claimName": "spare"}} in spec["volumes"]
    mounted = {
        item["name"] for item in spec["containers"] for mount in item["volumeMounts"] if mount["name"] == "backup"
    }
    assert mounted == {"reg-tool"}
    (regtool,) = (item for item in spec["containers"] if item["name"] == "reg-tool")
    command = regtool["command"]
    assert command[command.index("--backup") + 1] == BACKUP_PATH
    assert "--token" in command


def test_a_cronjob_asks_for_it_with_the_periods_and_without_any_right() -> None:
    plan = planned(claim("ReadWriteOnce"), REGISTRY_BACKUP_RETENTION_DAILY="7")
    assert plan.schedules == ()
    job = of_kind(plan, "CronJob", NAME)["spec"]
    assert job["schedule"] == "0 1 * * *"
    spec = job["jobTemplate"]["spec"]["template"]["spec"]
    assert (spec["automountServiceAccountToken"], spec["serviceAccountName"]) == (False, "default")
    assert "--backup" in spec["containers"][0]["command"]
    assert read_periods(of_kind(plan, "ConfigMap", NAME)["data"]["policy.json"]) == Periods(7, 6, 0)
    kinds = {item["kind"] for item in plan.objects}
    assert not kinds & {"ServiceAccount", "Role", "ClusterRole"}


def test_it_shares_the_way_in_with_the_collections() -> None:
    one, both = planned(claim()), planned(claim(), REGISTRY_GC_SCHEDULE="@daily", REGISTRY_GC_CLUSTER="keep")
    for plan in (one, both):
        assert [item["metadata"]["name"] for item in plan.objects if item["kind"] == "Service"] == [
            "registry-docker-registry-maintenance",
            "registry-docker-registry",
        ]
    live = tuple(stored(item) for item in one.objects if item["kind"] == "Secret")
    assert planned(claim(), *live).objects == one.objects


def test_the_claim_is_neither_made_nor_owned() -> None:
    plan = planned(claim("ReadWriteOnce"))
    claims = [item["metadata"]["name"] for item in plan.objects if item["kind"] == "PersistentVolumeClaim"]
    assert claims == ["registry-docker-registry"]


@pytest.mark.parametrize(
    ("modes", "bucket", "strategy", "bound"),
    [
        (("ReadWriteOnce",), False, "RollingUpdate", True),
        (("ReadWriteOncePod",), False, "Recreate", True),
        (("ReadWriteMany",), False, "RollingUpdate", True),
        (("ReadWriteOnce",), True, "RollingUpdate", True),
        (("ReadWriteMany",), True, "RollingUpdate", False),
    ],
)
def test_a_new_pod_starts_where_both_volumes_can_be_mounted(
    modes: tuple[str, ...], bucket: bool, strategy: str, bound: bool
) -> None:
    plan = planned(claim(*modes), **(BUCKET if bucket else {}))
    deployment = of_kind(plan, "Deployment", "registry-docker-registry")["spec"]
    assert deployment["strategy"]["type"] == strategy
    assert ("podAffinity" in deployment["template"]["spec"]["affinity"]) is bound


def test_the_network_policy_lets_the_job_in() -> None:
    plan = planned(claim("ReadWriteOnce"), REGISTRY_NETWORK_POLICY="on")
    policy = of_kind(plan, "NetworkPolicy", "registry-docker-registry")
    labels = of_kind(plan, "CronJob", NAME)["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
    peers = [peer for rule in policy["spec"]["ingress"] for peer in rule.get("from", ())]
    assert {"podSelector": {"matchLabels": labels}} in peers


def test_a_claim_that_is_there_is_taken() -> None:
    assert problems(claim("ReadWriteOnce")) == []
    assert problems(claim("ReadWriteMany"), **BUCKET, REGISTRY_REPLICAS="2", REGISTRY_IMAGE="registry:3.1.2") == []


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"REGISTRY_BACKUP_TO": "/mnt/backup"}, "it is the name of a claim"),
        ({"REGISTRY_BACKUP_TO": "pvc:"}, "it is the name of a claim"),
        ({"REGISTRY_BACKUP_TO": "pvc:a/b"}, "it is the name of a claim"),
        ({"REGISTRY_BACKUP_TO": "pvc:absent"}, "there is no such claim in the namespace registry"),
        ({"REGISTRY_BACKUP_TO": "pvc:registry-docker-registry"}, "the images are on that claim"),
        ({**BUCKET, "REGISTRY_REPLICAS": "2"}, "it is on one node at a time"),
        ({"REGISTRY_MAINTENANCE_IMAGE": "none"}, "it takes the maintenance program"),
    ],
)
def test_what_would_fail_at_night_is_told_now(values: dict[str, str], why: str) -> None:
    (found,) = problems(claim("ReadWriteOnce"), **values)
    assert why in found.why
    assert found.remedy


def test_what_is_made_must_be_allowed() -> None:
    def resources(**values: str) -> set[str]:
        return {entry.resource for entry in configure(settings(**PASSWORD, **values), (), Place()).access}

    assert resources(**TO) - resources() == {"cronjobs"}
