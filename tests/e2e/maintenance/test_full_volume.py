"""Maintenance where the volume has no space left: the very moment it is needed most."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import pytest
from solakube_registry.oci import Image, Refused, RegistryClient, image, layer, push_image

from solakube_core.model import Address
from tests.e2e.maintenance import volumes
from tests.e2e.maintenance.load import Crane
from tests.e2e.maintenance.registries import (
    RunningRegistry,
    collected,
    regtool,
    regtool_command,
    running,
)
from tests.e2e.testbed.provisioner import REGISTRY_LINES, Provisioner


class Scarcity(NamedTuple):
    """What a volume runs out of.

    Attributes:
        volume: makes it.
        fill: takes all that is left.
    """

    volume: Callable[[Path], AbstractContextManager[Path]]
    fill: Callable[[Path], None]


SCARCITIES = {
    "ext4-blocks": Scarcity(volumes.ext4, volumes.fill_blocks),
    "ext4-inodes": Scarcity(lambda folder: volumes.ext4(folder, inodes=2048), volumes.fill_inodes),
    "tmpfs-blocks": Scarcity(volumes.memory, volumes.fill_blocks),
}


class Place(NamedTuple):
    """A registry on a volume of its own."""

    registry: RunningRegistry
    crane: Crane
    fill: Callable[[], None]

    def push(self, tag: str, image: Image) -> None:
        """Push an image, and do not try again: crane does so for a minute and a half where there is no space."""
        with RegistryClient(Address(f"http://{self.registry.host}"), None) as client:
            push_image(client, "app", tag, image)

    def is_full(self) -> bool:
        """Tell whether the volume takes not even a small file."""
        file = self.registry.data / "one-more"
        try:
            file.write_bytes(b"x" * 8192)
        except OSError as error:
            return error.errno == errno.ENOSPC
        finally:
            file.unlink(missing_ok=True)
        return False

    def prepare(self) -> None:
        """Let the program start beside the registry, as it does when it is deployed."""
        with subprocess.Popen(regtool_command(self.registry, "serve"), stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["text"] == "ready"
            process.terminate()


@pytest.fixture(params=[(line, scarce) for line in REGISTRY_LINES for scarce in SCARCITIES], ids="-".join)
def place(
    request: pytest.FixtureRequest, registry_binaries: Mapping[str, Path], provisioner: Provisioner, tmp_path: Path
) -> Iterator[Place]:
    """A registry of either line on a volume that can be filled."""
    line, scarce = request.param
    volume, fill = SCARCITIES[scarce]
    with volume(tmp_path) as folder:
        data = folder / "data"
        data.mkdir()
        with running(registry_binaries[line], data, tmp_path) as registry:
            yield Place(registry, Crane(provisioner.program("crane"), registry), lambda: fill(folder))


@pytest.fixture
def images() -> dict[str, Image]:
    """Images with layers of their own and one that all share; `old` has more than fit into a folder's one block."""
    common = layer({"common": b"common"})
    return {
        tag: image([common, *(layer({"own": os.urandom(50_000)}) for _ in range(count))], "amd64")
        for tag, count in (("old", 70), ("living", 3), ("new", 30))
    }


def test_a_collection_frees_what_a_push_then_needs(place: Place, images: dict[str, Image]) -> None:
    place.prepare()
    for tag in ("living", "old"):
        place.push(tag, images[tag])
    regtool(place.registry, "delete", "app:old")
    place.fill()
    with pytest.raises(Refused, match="refused"):
        place.push("new", images["new"])
    # The push that was refused may have given back a little of what it had taken.
    place.fill()
    assert place.is_full()

    # A manifest without a tag stays for the grace period, and nothing waits for its end.
    time.sleep(1.1)
    report = collected(place.registry, "--wait")
    assert report["freed_bytes"] > 70 * 50_000
    (last,) = regtool(place.registry, "last-run")
    assert "garbage-collect: freed" in last["summary"]
    place.push("new", images["new"])
    for tag in ("living", "new"):
        place.crane.validate(f"app:{tag}")
    assert regtool(place.registry, "fsck", "--deep")[-1]["damaged"] == 0


def test_tags_are_deleted_and_nothing_to_free_is_no_failure(place: Place, images: dict[str, Image]) -> None:
    place.prepare()
    place.push("living", images["living"])
    place.push("same", images["living"])
    place.fill()
    assert place.is_full()
    assert collected(place.registry, "--wait")["blobs"] == 0
    assert not list(place.registry.data.rglob("*.tmp"))
    regtool(place.registry, "delete", "app:same")
    assert [tag["name"] for tag in regtool(place.registry, "list", "app")] == ["living"]
    place.crane.validate("app:living")


def test_where_nothing_was_prepared_it_is_told_what_to_do(place: Place, images: dict[str, Image]) -> None:
    place.push("living", images["living"])
    place.fill()
    assert place.is_full()
    for command in (["garbage-collect"], ["delete", "app:living"]):
        done = subprocess.run(regtool_command(place.registry, *command), capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (1, ""), done.stdout
        problem = json.loads(done.stdout.splitlines()[-1])
        assert (problem["type"], "No space left" in problem["why"]) == ("problem", True)
        assert "delete any file" in problem["remedy"]
    place.crane.validate("app:living")
