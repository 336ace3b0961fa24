"""Copies of real registries of both lines, made file by file while clients push, with the hooks that Velero runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from solakube_registry.manifests import registry_objects
from solakube_registry.naming import CONTAINER_LAYOUT
from solakube_registry.oci import push_image
from solakube_regtool.backup.walks import moments_of
from solakube_regtool.oci import digests
from solakube_regtool.storage.leases import Leases
from solakube_regtool.storage.tree import Tree

from tests.e2e.maintenance.by_api import pushing, small_image
from tests.e2e.maintenance.churn import faults, under_load
from tests.e2e.maintenance.registries import RunningRegistry, running
from tests.unit.registry.test_manifests import INPUTS
from tests.walking import walk

WALKS = int(os.environ.get("SOLAKUBE_WALKS", "2"))
REPOSITORIES = "docker/registry/v2/repositories"


def hook(phase: str, data: Path) -> list[str]:
    """The command that Velero is told to run in the pod, for a registry's data on this machine."""
    (made,) = (item for item in registry_objects(INPUTS) if item["kind"] == "Deployment")
    annotations = made["spec"]["template"]["metadata"]["annotations"]
    command: list[str] = json.loads(annotations[f"{phase}.hook.backup.velero.io/command"])
    here = {"python3": sys.executable, CONTAINER_LAYOUT.data: str(data)}
    return [here.get(word, word) for word in command]


def listed_tags(data: Path) -> dict[str, str]:
    """What the tags point to by the list of the backup that is at work."""
    tree = Tree(str(data))
    (lease,) = [lease for lease in Leases(tree).held() if lease.name.startswith("velero-")]
    moments = moments_of(tree, lease.name)
    found = moments.read(moments.names()[-1])
    return {f"{one.repository}:{name}": digests.text(tag.key) for one in found for name, tag in one.tags.items()}


def tags(data: Path) -> dict[str, str]:
    tree = Tree(str(data))
    return {f"{tag.repository}:{tag.name}": tag.digest for name in tree.repositories() for tag in tree.tags(name)}


def copies(registry: RunningRegistry, folder: Path) -> list[tuple[Path, dict[str, str]]]:
    """Copy a registry under load, with the hooks; gives the copies, each with the tags of its list."""
    made = []
    with pushing(registry.host) as pusher, under_load(registry):
        for number in range(WALKS):
            push_image(pusher, "moving", "1", small_image(f"before {number}"))
            subprocess.run(hook("pre", registry.data), check=True, capture_output=True)
            made.append((folder / str(number), listed_tags(registry.data)))

            def meanwhile(path: str, number: int = number) -> None:
                """Once all blobs were copied, move a tag and make one, before each repository."""
                if path.startswith(REPOSITORIES) and path.count("/") <= REPOSITORIES.count("/") + 1:
                    push_image(pusher, "moving", "1", small_image(f"{number} {path}"))
                    push_image(pusher, "moving", f"new-{number}", small_image(f"new {number} {path}"))

            gone = walk(registry.data, made[-1][0], meanwhile)
            # A deletion of a tag that was decided on just before may come late on a busy machine.
            assert [path for path in gone if "/_manifests/tags/" not in path] == []
            subprocess.run(hook("post", registry.data), check=True, capture_output=True)
    return made


def regtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "solakube_regtool", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_each_copy_under_load_pulls_whole_as_of_the_moment_before_it(
    running_registry: RunningRegistry, registry_program: Path, tmp_path: Path
) -> None:
    for number, (copy, expected) in enumerate(copies(running_registry, tmp_path)):
        # The copy alone, which is what there is without the hooks, has tags without their images.
        assert faults(copy) != []
        checked = regtool("--data", str(copy), "restore-check")
        assert checked.returncode == 0, checked.stdout
        assert tags(copy) == expected
        assert faults(copy) == []
        config = tmp_path / f"config-{number}"
        config.mkdir()
        with running(registry_program, copy, config) as restored:
            pulled = regtool("--url", f"http://{restored.host}", "fsck", "--deep")
        assert pulled.returncode == 0, pulled.stdout
    assert faults(running_registry.data) == []


@pytest.mark.parametrize("phase", ["pre", "post"])
def test_a_hook_that_cannot_do_its_work_says_so(phase: str, tmp_path: Path) -> None:
    told = subprocess.run(hook(phase, tmp_path / "none"), capture_output=True, text=True, check=False)
    assert (told.returncode, "none" in told.stdout + told.stderr) == (1, True)
