"""Lists of chart-values.yaml stand beside ours: one item of each key, none over the images."""

from __future__ import annotations

import pytest
from solakube_registry.chart.lists import list_problems


def told(name: str, *items: object) -> list[str]:
    return [problem.what.removeprefix("chart-values.yaml ") for problem in list_problems({name: [*items]})]


@pytest.mark.parametrize("item", [None, "a", {}, {"name": None}, {"name": {"a": "b"}}])
@pytest.mark.parametrize("name", ["extraEnvVars", "extraVolumes", "imagePullSecrets", "initContainers"])
def test_an_item_without_a_name_is_told(name: str, item: object) -> None:
    assert told(name, item) == [f"has an item of {name} without a name"]


@pytest.mark.parametrize("name", ["extraEnvVars", "extraVolumes", "imagePullSecrets", "initContainers"])
def test_a_name_that_stands_there_twice_is_told_once(name: str) -> None:
    assert told(name, {"name": "a"}, {"name": "b"}, {"name": "a"}, {"name": "a"}) == [f"sets a twice in {name}"]


@pytest.mark.parametrize(
    ("name", "ours"),
    [("extraVolumes", "data"), ("extraVolumes", "config"), ("initContainers", "reg-tool")],
)
def test_a_name_of_ours_is_told(name: str, ours: str) -> None:
    assert told(name, {"name": ours}) == [f"sets {ours} in {name}"]


@pytest.mark.parametrize(
    "path",
    ["/var/lib/registry", "/var/lib/registry/", "/var/lib/registry/docker/registry/v2/blobs", "/etc/distribution/x"],
)
def test_a_mount_over_the_images_or_the_configuration_is_told(path: str) -> None:
    assert told("extraVolumeMounts", {"name": "x", "mountPath": path}) == [f"mounts something at {path}"]


def test_mounts_elsewhere_hold_one_at_a_path() -> None:
    mounts = [{"name": "x", "mountPath": path} for path in ("/certs", "/var/lib/registry2", "/var/lib", "/etc/ssl")]
    assert told("extraVolumeMounts", *mounts) == []
    assert told("extraVolumeMounts", mounts[0], mounts[0]) == ["sets /certs twice in extraVolumeMounts"]
    assert told("extraVolumeMounts", {"name": "x"}) == ["has an item of extraVolumeMounts without a mountPath"]
