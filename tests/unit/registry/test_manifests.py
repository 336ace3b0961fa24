from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from solakube_registry.maintenance.regtool import regtool_files
from solakube_registry.manifests import registry_objects
from solakube_registry.manifests.inputs import Inputs
from solakube_registry.naming import Names
from solakube_registry.users.credentials import Credentials

from solakube_core.model import Manifest, ObjectRef, StorageChoice

BACKED_UP = "backup.velero.io/backup-volumes"
VALUES: dict[str, Any] = {
    "persistence": {"enabled": True},
    "resources": {"requests": {"memory": "256Mi", "cpu": "100m"}, "limits": {"memory": "256Mi"}},
    "podAnnotations": {"backup.velero.io/backup-volumes": "data"},
}
INPUTS = Inputs(
    names=Names("registry"),
    values=VALUES,
    image="registry:3",
    maintenance_image="python:3",
    regtool_command=("python", "-m", "solakube_regtool"),
    regtool_files={"__init__.py": "", "__main__.py": "print()", "alive/mark.py": "MARK = 1"},
    config="{}",
    credentials=Credentials("admin:hash\n", "signing-key"),
    storage=StorageChoice("standard", "10Gi"),
    access_modes=("ReadWriteOnce",),
    service={},
)


def with_values(**values: Any) -> Inputs:
    return replace(INPUTS, values={**VALUES, **values})


def objects(inputs: Inputs = INPUTS) -> dict[str, Manifest]:
    return {item["kind"]: item for item in registry_objects(inputs) if "regtool" not in item["metadata"]["name"]}


def pod(inputs: Inputs = INPUTS) -> Any:
    return objects(inputs)["Deployment"]["spec"]["template"]


def container(name: str, inputs: Inputs = INPUTS) -> Any:
    return next(entry for entry in pod(inputs)["spec"]["containers"] if entry["name"] == name)


def test_names_and_selectors_are_the_originals() -> None:
    refs = {str(ObjectRef.of(item)) for item in registry_objects(INPUTS)}
    assert refs >= {
        "Namespace registry",
        "Deployment registry/registry-docker-registry",
        "Service registry/registry-docker-registry",
        "PersistentVolumeClaim registry/registry-docker-registry",
        "ConfigMap registry/registry-docker-registry-config",
        "Secret registry/registry-docker-registry-secret",
    }
    selector = {"app": "docker-registry", "release": "registry"}
    assert objects()["Deployment"]["spec"]["selector"] == {"matchLabels": selector}
    assert objects()["Service"]["spec"]["selector"] == selector
    assert pod()["metadata"]["labels"] == selector


def test_another_app_name_moves_everything_together() -> None:
    inputs = replace(INPUTS, names=Names("images"))
    assert {item["metadata"].get("namespace", "images") for item in registry_objects(inputs)} == {"images"}
    assert objects(inputs)["Deployment"]["metadata"]["name"] == "images-docker-registry"


def test_a_modest_memory_limit_that_values_can_raise() -> None:
    assert container("docker-registry")["resources"]["limits"] == {"memory": "256Mi"}
    raised = with_values(resources={"limits": {"memory": "1Gi"}})
    assert container("docker-registry", raised)["resources"] == {"limits": {"memory": "1Gi"}}


def test_the_pods_meet_the_restricted_standard() -> None:
    spec = pod()["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for entry in spec["containers"]:
        context = entry["securityContext"]
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True


def test_the_claim_names_class_and_size() -> None:
    spec = objects()["PersistentVolumeClaim"]["spec"]
    assert spec["storageClassName"] == "standard"
    assert spec["resources"] == {"requests": {"storage": "10Gi"}}
    assert spec["accessModes"] == ["ReadWriteOnce"]


@pytest.mark.parametrize(
    ("persistence", "source"),
    [
        ({"enabled": True}, {"persistentVolumeClaim": {"claimName": "registry-docker-registry"}}),
        ({"enabled": True, "existingClaim": "mine"}, {"persistentVolumeClaim": {"claimName": "mine"}}),
        ({"enabled": False}, {"emptyDir": {}}),
    ],
)
def test_where_the_images_are(persistence: dict[str, Any], source: dict[str, Any]) -> None:
    inputs = with_values(persistence=persistence)
    data = next(volume for volume in pod(inputs)["spec"]["volumes"] if volume["name"] == "data")
    assert data == {"name": "data", **source}
    assert ("PersistentVolumeClaim" in objects(inputs)) == (persistence == {"enabled": True})


def test_a_node_can_be_drained_without_a_word_about_local_data() -> None:
    assert not [volume for volume in pod()["spec"]["volumes"] if "emptyDir" in volume]


def test_a_changed_password_restarts_nothing_and_a_changed_config_does() -> None:
    changed = replace(INPUTS, credentials=Credentials("admin:other\n", "signing-key"))
    assert pod(changed) == pod()
    assert pod(replace(INPUTS, config='{"log": {}}')) != pod()
    assert pod(replace(INPUTS, regtool_files={"__main__.py": "pass"})) != pod()


def test_a_new_pod_joins_the_node_of_the_one_it_replaces() -> None:
    term = pod()["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term == [
        {
            "labelSelector": {"matchLabels": {"app": "docker-registry", "release": "registry"}},
            "topologyKey": "kubernetes.io/hostname",
        }
    ]
    strategy = objects()["Deployment"]["spec"]["strategy"]
    assert strategy["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_a_shared_volume_or_the_users_own_affinity_leaves_pods_free() -> None:
    assert "podAffinity" not in pod(replace(INPUTS, access_modes=("ReadWriteMany",)))["spec"]["affinity"]
    own: dict[str, object] = {
        "podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []},
        "nodeAffinity": {},
    }
    assert pod(with_values(affinity=own))["spec"]["affinity"] == own


def test_a_service_account_is_taken_and_brings_no_token() -> None:
    spec = pod(with_values(serviceAccount={"create": False, "name": "images"}))["spec"]
    assert (spec["serviceAccountName"], spec["automountServiceAccountToken"]) == ("images", False)
    assert "serviceAccountName" not in pod(with_values(serviceAccount={"create": False, "name": ""}))["spec"]


def test_labels_and_annotations_of_the_values_never_replace_what_finds_and_restarts_the_pods() -> None:
    theirs = {"app": "other", "checksum/config": "other", "team": "a"}
    inputs = with_values(podLabels=theirs, podAnnotations=theirs, service={"labels": theirs})
    for labels in (pod(inputs)["metadata"]["labels"], objects(inputs)["Service"]["metadata"]["labels"]):
        assert (labels["app"], labels["team"]) == ("docker-registry", "a")
    assert pod(inputs)["metadata"]["annotations"]["checksum/config"] != "other"
    assert pod(inputs) != pod(replace(inputs, config='{"log": {}}'))


def velero(inputs: Inputs = INPUTS) -> dict[str, str]:
    found = pod(inputs)["metadata"]["annotations"]
    return {key: value for key, value in found.items() if "hook.backup.velero.io" in key}


def test_velero_has_deletions_held_while_it_reads_the_volume() -> None:
    found = velero()
    for phase in ("pre", "post"):
        hook = f"{phase}.hook.backup.velero.io"
        assert container(found[f"{hook}/container"])["volumeMounts"]
        assert json.loads(found[f"{hook}/command"])[5:8] == ["hold", "velero", "--of-host"]
        assert found[f"{hook}/on-error"] == "Continue"
    assert velero(with_values(podAnnotations={BACKED_UP: "other, data"})) == found


def test_hooks_of_the_values_win() -> None:
    own = {BACKED_UP: "data", "post.hook.backup.velero.io/timeout": "1m"}
    found = velero(with_values(podAnnotations=own))
    assert found == {**velero(), "post.hook.backup.velero.io/timeout": "1m"}


@pytest.mark.parametrize(
    "inputs",
    [
        replace(INPUTS, values={**VALUES, "podAnnotations": {}}),
        replace(INPUTS, values={**VALUES, "podAnnotations": {BACKED_UP: "other"}}),
        replace(INPUTS, maintenance_image=""),
    ],
)
def test_no_hook_runs_where_the_volume_is_not_read_or_nobody_could_hold(inputs: Inputs) -> None:
    assert velero(inputs) == {}


def test_an_exposure_can_change_the_service() -> None:
    service = objects(replace(INPUTS, service={"type": "NodePort"}))["Service"]
    assert service["spec"]["type"] == "NodePort"
    assert service["spec"]["ports"][0]["targetPort"] == 5000


def test_secrets_show_neither_in_repr_nor_in_other_objects() -> None:
    assert "signing-key" not in repr(INPUTS)
    others = [item for item in registry_objects(INPUTS) if item["kind"] != "Secret"]
    assert "signing-key" not in repr(others)
    assert "admin:hash" not in repr(others)


def test_equal_inputs_give_equal_objects() -> None:
    assert registry_objects(INPUTS) == registry_objects(replace(INPUTS))


@pytest.mark.parametrize("files", [INPUTS.regtool_files, {"a.py": "#" * 150_000, "b/c.py": "\n" * 90_000, "d.py": ""}])
def test_the_program_is_mounted_in_its_rooms(files: dict[str, str]) -> None:
    inputs = replace(INPUTS, regtool_files=files)
    found = {item["metadata"]["name"]: item for item in registry_objects(inputs) if item["kind"] == "ConfigMap"}
    volumes = objects(inputs)["Deployment"]["spec"]["template"]["spec"]["volumes"]
    (volume,) = (volume for volume in volumes if volume["name"] == "regtool")
    parts = [source["configMap"] for source in volume["projected"]["sources"]]
    mounted = {item["path"]: found[part["name"]]["data"][item["key"]] for part in parts for item in part["items"]}
    assert mounted == files
    assert all(re.fullmatch(r"[-._a-zA-Z0-9]+", item["key"]) for part in parts for item in part["items"])


def test_every_object_is_small_enough_to_be_written_down_twice() -> None:
    # As `kubectl apply` does, in an annotation of at most 256 KiB.
    made = registry_objects(replace(INPUTS, regtool_files=regtool_files()))
    assert max(len(json.dumps(item)) for item in made) < 240_000


@pytest.mark.parametrize(
    ("mode", "strategy"),
    [("ReadWriteOnce", "RollingUpdate"), ("ReadWriteMany", "RollingUpdate"), ("ReadWriteOncePod", "Recreate")],
)
def test_a_volume_for_a_single_pod_is_given_up_before_the_next_one_starts(mode: str, strategy: str) -> None:
    assert objects(replace(INPUTS, access_modes=(mode,)))["Deployment"]["spec"]["strategy"]["type"] == strategy
