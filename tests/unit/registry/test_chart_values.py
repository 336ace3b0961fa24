from __future__ import annotations

from pathlib import Path

import pytest
from solakube_registry.chart.values import RegistryValues, load_registry_values

from solakube_core.settings import load


def loaded(tmp_path: Path, text: str, **variables: str) -> tuple[RegistryValues, str]:
    file = tmp_path / "deployment" / "registry" / "chart-values.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    values, problems = load_registry_values(load((), {"SIZE": "20Gi", **variables}, tmp_path), (tmp_path,))
    return values, "\n".join(str(problem) for problem in problems)


def test_the_defaults_are_a_modest_registry(tmp_path: Path) -> None:
    values, problems = loaded(tmp_path, "")
    assert problems == ""
    assert values.at("resources", "limits") == {"memory": "256Mi"}
    assert values.at("podAnnotations") == {"backup.velero.io/backup-volumes": "data"}
    assert values.makes_claim


def test_a_file_written_for_the_original_goes_on_working(tmp_path: Path) -> None:
    original = """
ingress:
  enabled: false
persistence:
  enabled: true
  storageClass: standard
  size: ${SIZE}
  deleteEnabled: true
resources:
  limits: {memory: 1Gi}
podAnnotations:
  backup.velero.io/backup-volumes: "data"
"""
    values, problems = loaded(tmp_path, original)
    assert problems == ""
    assert values.text("persistence", "size") == "20Gi"
    assert values.at("resources") == {
        "requests": {"memory": "256Mi", "cpu": "100m"},
        "limits": {"memory": "1Gi"},
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("limit: {memory: 1Gi}", "chart-values.yaml:1: unknown key resources.limit; did you mean limits?"),
        ("limits: 1Gi", "chart-values.yaml:1: resources.limits is a text, not a map"),
        ("limits: {memory: lots}", "chart-values.yaml sets resources.limits.memory to 'lots'"),
        ("requests: {cpu: -1}", "chart-values.yaml sets resources.requests.cpu to -1"),
        ("requests: {memory: 256MB}", "chart-values.yaml sets resources.requests.memory to '256MB'"),
        ("limits: {memory: true}", "chart-values.yaml sets resources.limits.memory to True"),
        ("limits: {memory: {a: b}}", "chart-values.yaml sets resources.limits.memory to {'a': 'b'}"),
    ],
)
def test_resources_that_no_cluster_could_give_are_told(tmp_path: Path, text: str, told: str) -> None:
    assert told in loaded(tmp_path, f"resources: {{{text}}}")[1]


@pytest.mark.parametrize("text", ["{}", "{limits: {memory: null, cpu: 1.5}}", "{requests: {memory: 5e8, x.y/z: 2}}"])
def test_all_others_are_taken(tmp_path: Path, text: str) -> None:
    assert loaded(tmp_path, f"resources: {text}")[1] == ""


def test_the_originals_reference_to_the_storage_class_asks_for_what_the_variable_does(tmp_path: Path) -> None:
    text = "persistence: {storageClass: ${REGISTRY_STORAGE_CLASS}}"
    values, problems = loaded(tmp_path, text)
    assert (values.storage_classes, problems) == ((), "")
    values, problems = loaded(tmp_path, text, REGISTRY_STORAGE_CLASS="fast, slow")
    assert (values.storage_classes, problems) == (("fast", "slow"), "")


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("ingress: {enabled: true}", "REGISTRY_EXPOSE=ingress"),
        ("garbageCollect: {enabled: true}", "REGISTRY_GC_SCHEDULE"),
        ("secrets: {htpasswd: 'admin:x'}", "REGISTRY_ADMIN_PASSWORD"),
        ("s3: {bucket: images}", "REGISTRY_STORAGE=s3"),
        ("podDisruptionBudget: {maxUnavailable: 1}", "set replicaCount"),
        ("persistence: {deleteEnabled: false}", "no space can ever be freed"),
        ("storage: azure", "configData.storage"),
        ("storage: s3", "REGISTRY_S3_BUCKET is not set"),
        ("{storage: s3, s3: {skipverify: true}}", "REGISTRY_S3_AUTHORITY"),
        ("fullnameOverride: mine", "REGISTRY_APP_NAME"),
        ("persistance: {}", "did you mean persistence?"),
    ],
)
def test_what_would_have_no_effect_says_what_to_do_instead(tmp_path: Path, text: str, remedy: str) -> None:
    assert remedy in loaded(tmp_path, text)[1]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("", "registry:3"),
        ("{tag: 2.8.3}", "registry:2.8.3"),
        ("{repository: mirror:5000/registry}", "mirror:5000/registry:3"),
        ("{repository: a, tag: '1'}", "a:1"),
    ],
)
def test_the_image_can_be_named_in_parts(tmp_path: Path, image: str, expected: str) -> None:
    assert loaded(tmp_path, f"image: {image}" if image else "")[0].image("registry:3") == expected


def test_a_mirror_with_a_port_keeps_it() -> None:
    assert RegistryValues({"image": {"tag": "3"}}).image("mirror:5000/registry") == "mirror:5000/registry:3"


def test_a_given_claim_is_not_made(tmp_path: Path) -> None:
    assert not loaded(tmp_path, "persistence: {existingClaim: mine}")[0].makes_claim
    assert not loaded(tmp_path, "persistence: {enabled: false}")[0].makes_claim
