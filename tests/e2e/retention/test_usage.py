"""Usage of real registries' trees, against du."""

from __future__ import annotations

import os
import subprocess
import tarfile
from pathlib import Path

from tests.e2e.maintenance.load import Crane
from tests.e2e.maintenance.registries import RunningRegistry, regtool
from tests.e2e.testbed.provisioner import Provisioner


def layer(folder: Path, name: str, size: int) -> Path:
    """Make a layer with one file."""
    (folder / name).write_bytes(name.encode() * (size // len(name)))
    with tarfile.open(folder / f"{name}.tar", "w") as archive:
        archive.add(folder / name, name)
    return folder / f"{name}.tar"


def du(blobs: Path) -> int:
    """The apparent bytes of all blobs' files."""
    files = b"\0".join(str(file).encode() for file in blobs.rglob("data"))
    command = ["du", "--apparent-size", "--block-size=1", "--total", "--files0-from=-"]
    done = subprocess.run(command, input=files, capture_output=True, check=True)
    return int(done.stdout.splitlines()[-1].split()[0])


def test_the_parts_add_up_to_what_du_tells(
    running_registry: RunningRegistry, provisioner: Provisioner, tmp_path: Path
) -> None:
    crane = Crane(provisioner.program("crane"), running_registry)
    common, first, second = (layer(tmp_path, name, 100_000) for name in ("common", "first", "second"))
    crane.push("team/a:1", [common, first])
    crane.push("team/b:1", [common, second])
    crane.push("team/b:2", [second])
    regtool(running_registry, "delete", "team/a:1")
    for period, unreferenced in (("0", True), ("1d", False)):
        *_, total = regtool(running_registry, "usage", "--grace", "0s", f"--undo-period={period}")
        assert (total["unreferenced"] > 0, total["undoable"] > 0) == (unreferenced, not unreferenced)
        assert total["stored"] == du(running_registry.data / "docker/registry/v2/blobs")
        assert total["unique"] + total["shared"] + total["unreferenced"] == total["stored"]


def test_a_pull_is_seen_and_usage_itself_is_not(
    running_registry: RunningRegistry, provisioner: Provisioner, tmp_path: Path
) -> None:
    crane = Crane(provisioner.program("crane"), running_registry)
    crane.push("team/a:1", [layer(tmp_path, "only", 1000)])
    crane.validate("team/a:1")
    (first,) = regtool(running_registry, "usage", "team/a")
    (again,) = regtool(running_registry, "usage", "team/a")
    assert first["pulled"] == again["pulled"]
    *_, total = regtool(running_registry, "usage")
    assert (first["pulled"] is not None) == total["keeps_access_times"]


def test_a_pull_by_its_digest_does_not_read_the_tag(
    running_registry: RunningRegistry, provisioner: Provisioner, tmp_path: Path
) -> None:
    crane = Crane(provisioner.program("crane"), running_registry)
    crane.push("team/a:1", [layer(tmp_path, "only", 1000)])
    (tag,) = regtool(running_registry, "list", "team/a")
    *_, total = regtool(running_registry, "usage")
    link = running_registry.data / "docker/registry/v2/repositories/team/a/_manifests/tags/1/current/link"
    os.utime(link, ns=(0, link.stat().st_mtime_ns))
    crane.validate(f"team/a@{tag['digest']}")
    assert link.stat().st_atime_ns == 0
    crane.validate("team/a:1")
    assert (link.stat().st_atime_ns != 0) == total["keeps_access_times"]
