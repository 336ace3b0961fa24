"""Looking into a registry's bucket: the same commands and words as on a data folder, at a request for each thousand."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from solakube_registry.oci import push_image
from solakube_regtool.s3.address import ACCESS_KEY, SECRET_KEY, Address

from tests.e2e.maintenance.by_api import Regtool, over_data, pushing, small_image
from tests.e2e.maintenance.registries import running
from tests.e2e.support.object_storage import BUCKET, KEYS, Storage, serving
from tests.e2e.testbed.provisioner import Provisioner

PREFIX = "some/place"
UNFINISHED = 1234
"""Bytes of an upload that nobody finishes."""


@dataclass(frozen=True)
class Filled:
    """A bucket with images.

    Attributes:
        storage: the server.
        regtool: the program on it.
        copy: a data folder with the same files.
    """

    storage: Storage
    regtool: Regtool
    copy: Path

    @property
    def blobs(self) -> Path:
        return self.storage.bucket / PREFIX / "docker/registry/v2/blobs/sha256"


def begin_upload(host: str, content: bytes) -> None:
    """Send a part of a layer, and never come back."""
    with urllib.request.urlopen(
        urllib.request.Request(f"http://{host}/v2/team/blobs/uploads/", method="POST")
    ) as begun:
        place = begun.headers["Location"]
    headers = {"Content-Type": "application/octet-stream"}
    urllib.request.urlopen(urllib.request.Request(place, content, headers, method="PATCH")).close()


@pytest.fixture
def filled(provisioner: Provisioner, registry_binaries: Mapping[str, Path], tmp_path: Path) -> Iterator[Filled]:
    """A registry's bucket, with three tags of two images, a moved tag and an untagged layer."""
    with serving(provisioner, tmp_path / "s3") as storage:
        driver = storage.driver.replace("s3: {", f"s3: {{rootdirectory: /{PREFIX}, ") + ", redirect: {disable: true}"
        with (
            running(registry_binaries["3"], tmp_path / "unused", tmp_path, storage=driver) as registry,
            pushing(registry.host) as client,
        ):
            push_image(client, "team/app", "1", small_image("left behind"))
            for tag in ("1", "2"):
                push_image(client, "team/app", tag, small_image("common", "of both"))
            push_image(client, "team", "1", small_image("common"))
            begin_upload(registry.host, bytes(UNFINISHED))
        address = Address(BUCKET, storage.endpoint, prefix=PREFIX, path_style=True)
        environment = {ACCESS_KEY: KEYS.access, SECRET_KEY: KEYS.secret}
        copy = tmp_path / "copy"
        shutil.copytree(storage.bucket / PREFIX, copy)
        yield Filled(storage, Regtool(f"--bucket={address.written()}", environment), copy)


def test_it_tells_the_same_as_a_data_folder(filled: Filled) -> None:
    def told(regtool: Regtool, *arguments: str) -> list[dict[str, object]]:
        unknown = ("pulled", "pushed", "free", "keeps_access_times", "uploads")
        return [{k: v for k, v in record.items() if k not in unknown} for record in regtool.records(*arguments)]

    files = over_data(filled.copy)
    for command in (
        ("list",),
        ("list", "--tags"),
        ("list", "team/app"),
        ("usage",),
        ("usage", "team/app"),
        ("usage", "--grace=0s", "--untagged-grace=0s"),
        ("fsck",),
        ("fsck", "--deep"),
    ):
        assert told(filled.regtool, *command) == told(files, *command), command
    assert filled.regtool.records("usage")[-1]["uploads"] == UNFINISHED
    pushed = [record["pushed"] for record in filled.regtool.records("list", "team/app")]
    assert all(
        int(found) == int(other["pushed"])
        for found, other in zip(pushed, files.records("list", "team/app"), strict=True)
    )


def test_what_is_lost_or_spoilt_is_told(filled: Filled) -> None:
    lost, spoilt = (small_image("common", "of both").blobs[number].digest.partition(":")[2] for number in (1, 2))
    (filled.blobs / lost[:2] / lost / "data").unlink()
    data = filled.blobs / spoilt[:2] / spoilt / "data"
    data.write_bytes(bytes(data.stat().st_size))
    faults = {
        record["fault"] for record in filled.regtool.records("fsck", "--deep", code=1) if record["type"] == "damage"
    }
    assert f"the blob sha256:{lost} is missing" in faults
    assert any(fault.startswith(f"the blob sha256:{spoilt} has other content") for fault in faults)


def test_what_cannot_be_done_there_is_refused(filled: Filled) -> None:
    for command in (("garbage-collect",), ("delete", "team", "1"), ("prune",), ("check", "--held=-"), ("maintain",)):
        assert "in an object storage there are list, usage, fsck" in filled.regtool.refused(*command)
    wrong = Regtool(filled.regtool.place, {ACCESS_KEY: KEYS.access, SECRET_KEY: "wrong"})
    assert "correct the secret key" in wrong.refused("list")
    assert "REGISTRY_S3_ACCESS_KEY is not set" in Regtool(filled.regtool.place, {}).refused("list")
    assert json.loads(filled.regtool.place.partition("=")[2])["bucket"] == BUCKET
