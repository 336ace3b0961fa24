"""Maintenance of a registry that has its images in an object storage: there is no data folder to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from solakube_registry.oci import push_image

from tests.e2e.maintenance.buckets import EITHER_SERVER
from tests.e2e.maintenance.by_api import Regtool, over_api, pushing, small_image
from tests.e2e.maintenance.registries import running
from tests.e2e.maintenance.test_api_login import LOGIN, htpasswd
from tests.e2e.support.object_storage import Storage

pytestmark = EITHER_SERVER


@pytest.fixture
def regtool(storage: Storage, registry_binaries: Mapping[str, Path], tmp_path: Path) -> Iterator[Regtool]:
    """The program on a registry there, with three tags of two images."""
    program = registry_binaries["3"]
    with (
        running(
            program, tmp_path / "data", tmp_path, storage=f"{storage.driver}, redirect: {{disable: true}}"
        ) as registry,
        pushing(registry.host) as client,
    ):
        for tag in ("1", "2"):
            push_image(client, "team/app", tag, small_image("common", "of both"))
        push_image(client, "other", "1", small_image("common"))
    with running(program, tmp_path / "data", tmp_path, htpasswd(tmp_path), storage=storage.driver) as registry:
        yield over_api(f"http://{registry.host}", tmp_path, **LOGIN)


def test_its_blobs_are_where_it_redirects_to(regtool: Regtool, storage: Storage) -> None:
    assert regtool.lines("list") == ["other", "team/app"]
    assert regtool.records("list", "team/app")[0]["platforms"] == ["linux/amd64"]
    assert regtool.records("usage")[-1]["shared"] == len(small_image("common").blobs[1].data)
    assert regtool.records("fsck", "--deep")[-1]["damaged"] == 0
    lost = small_image("common", "of both").blobs[2].digest.partition(":")[2]
    with storage.opened() as bucket:
        bucket.delete([f"docker/registry/v2/blobs/sha256/{lost[:2]}/{lost}/data"])
    damaged = [record["image"] for record in regtool.records("fsck", code=1) if record["type"] == "damage"]
    assert sorted(damaged) == ["team/app:1", "team/app:2"]


def test_a_tag_goes_alone(regtool: Regtool) -> None:
    regtool.records("delete", "team/app:2")
    assert regtool.lines("list", "team/app") == ["1"]
    assert regtool.records("fsck", "--deep")[-1]["tags"] == 2
