"""What Velero is told, and why it is told nothing."""

from __future__ import annotations

import pytest
from solakube_registry.backup.obstacles import problems, reason_against
from solakube_registry.backup.schedules import schedules, unwanted

from solakube_core.model import Manifest
from solakube_core.testing import Place, thing
from tests.unit.exposure.places import settings

VELERO = thing("v1", "Namespace", "velero")
DEFINITION = thing("apiextensions.k8s.io/v1", "CustomResourceDefinition", "schedules.velero.io")
LOCATION = thing("velero.io/v1", "BackupStorageLocation", "default", "velero")
READY = Place((VELERO, DEFINITION, LOCATION))


def made(**values: str) -> dict[str, Manifest]:
    return {item["metadata"]["name"]: item for item in schedules(settings(**values))}


def test_the_originals_names_times_and_retentions() -> None:
    both = made()
    assert set(both) == {"registry-default-daily", "registry-default-monthly"}
    daily, monthly = both["registry-default-daily"], both["registry-default-monthly"]
    assert (daily["apiVersion"], daily["kind"]) == ("velero.io/v1", "Schedule")
    assert daily["metadata"]["namespace"] == "velero"
    assert daily["metadata"]["labels"] == {"application": "registry", "profile": "default"}
    assert (daily["spec"]["schedule"], daily["spec"]["template"]["ttl"]) == ("0 1 * * *", "720h0m0s")
    assert (monthly["spec"]["schedule"], monthly["spec"]["template"]["ttl"]) == ("0 3 1 * *", "4464h0m0s")
    template = daily["spec"]["template"]
    assert template["storageLocation"] == "default"
    assert template["includedNamespaces"] == ["registry"]
    assert template["includedResources"] == ["*"]
    assert template["includeClusterResources"] is True
    assert template["snapshotVolumes"] is False


def test_the_volume_is_not_among_what_is_left_out() -> None:
    excluded = made(REGISTRY_BACKUP_RESOURCES_EXCLUDED="events, nodes")["registry-default-daily"]["spec"]["template"][
        "excludedResources"
    ]
    assert excluded[:2] == ["events", "nodes"]
    assert len(excluded) == len(set(excluded))
    assert not [kind for kind in excluded if kind.startswith("persistentvolume")]


def test_a_retention_of_0_takes_a_schedule_away() -> None:
    values = {"REGISTRY_BACKUP_RETENTION_YEARLY": "2", "REGISTRY_BACKUP_RETENTION_DAILY": "0"}
    assert set(made(**values)) == {"registry-default-monthly", "registry-default-yearly"}
    assert [ref.name for ref in unwanted(settings(**values))] == ["registry-default-daily"]


def test_another_installation_has_schedules_and_a_namespace_of_its_own() -> None:
    daily = made(REGISTRY_APP_NAME="images")["images-default-daily"]
    assert daily["spec"]["template"]["includedNamespaces"] == ["images"]


@pytest.mark.parametrize(
    ("place", "values", "reason"),
    [
        (READY, {}, ""),
        (READY, {"cluster_type": "minikube"}, "clusters of type minikube"),
        (READY, {"VELERO_APP_BACKUPS_ENABLED": "N"}, "VELERO_APP_BACKUPS_ENABLED is off"),
        (Place(), {}, "the cluster has no namespace velero"),
        (Place((VELERO,)), {}, "schedules.velero.io"),
        (READY, {"REGISTRY_BACKUP_ENABLED": "N"}, "REGISTRY_BACKUP_ENABLED is off"),
    ],
)
def test_the_reason_why_not(place: Place, values: dict[str, str], reason: str) -> None:
    told = reason_against(settings(**values), place)
    assert reason in told
    assert bool(told) == bool(reason)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    values = {"REGISTRY_BACKUP_SCHEDULE_DAILY": "nightly", "REGISTRY_BACKUP_LOCATION_NAME": "elsewhere"}
    told = "\n".join(str(problem) for problem in problems(settings(**values), READY))
    assert "REGISTRY_BACKUP_SCHEDULE_DAILY" in told
    assert "there is no BackupStorageLocation elsewhere" in told
    assert "Velero has: default" in told
    assert problems(settings(), READY) == []
