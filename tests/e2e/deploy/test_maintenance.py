"""Deleting a tag, and collecting what nothing reaches any more."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.maintenance.images import Pushed
from benchmarks.maintenance.trees import TreeWriter
from tests.e2e.maintenance.by_api import small_image
from tests.e2e.support.installation import Installation


def test_lists_are_one_name_a_line_on_a_pipe(deployed: Installation) -> None:
    for image in ("alpha:1", "alpha:2", "nested/beta:x"):
        deployed.push(image, {"file": image.encode()})
    assert deployed.sk("registry", "regtool", "list").ok() == "alpha\nnested/beta\n"
    assert deployed.sk("registry", "regtool", "list", "alpha").ok() == "1\n2\n"
    missing = deployed.sk("registry", "regtool", "list", "alhpa")
    assert missing.exit_code == 1
    assert "did you mean alpha?" in missing.stderr


def test_deleting_one_of_two_tags_leaves_the_other(deployed: Installation) -> None:
    digest = deployed.push("app:1", {"file": b"content"})
    deployed.crane("tag", f"{deployed.host}/app:1", "2").ok()
    deployed.sk("registry", "regtool", "delete", "app", "1").ok()
    deployed.crane("digest", f"{deployed.host}/app:1").refused()
    assert deployed.digest("app:2") == digest
    assert deployed.pulls("app:2")


@pytest.mark.parametrize("image", ["registry:3", "registry:2"])
def test_an_offline_collection_frees_the_bytes_while_pulls_go_on(deployed: Installation, image: str) -> None:
    deployed.environment["REGISTRY_IMAGE"] = image
    deployed.sk("deploy", "registry").ok()
    content = {"large": os.urandom(3 << 20)}
    deployed.push("kept:1", {"file": b"kept"})
    deployed.push("doomed:1", content)
    deployed.sk("registry", "regtool", "delete", "doomed:1").ok()
    with pulling(deployed, "kept:1") as failures:
        result = deployed.sk("registry", "garbage-collect", "--offline", "--now", "-o", "json")
    assert failures == []
    assert json.loads(result.ok())["total"]["freed_bytes"] > 3 << 20
    assert "garbage-collect: freed 3.0 MiB --offline" in deployed.sk("status", "registry").ok()

    # Nothing claims that a layer is there which is not: the same image goes in again, whole.
    deployed.push("doomed:1", content)
    assert deployed.pulls("doomed:1")
    assert deployed.pulls("kept:1")


def test_an_online_collection_frees_the_bytes_while_pushes_and_pulls_go_on(deployed: Installation) -> None:
    content = {"large": os.urandom(3 << 20)}
    pod = deployed.pod()["metadata"]["uid"]
    deployed.push("kept:1", {"file": b"kept"})
    deployed.push("doomed:1", content)
    deployed.sk("registry", "regtool", "delete", "doomed:1").ok()
    time.sleep(2)
    assert "freed 0 B" in deployed.sk("registry", "garbage-collect", "--grace=1s").ok()
    deployed.sk("registry", "undelete", "doomed:1").ok()
    assert deployed.pulls("doomed:1")
    deployed.sk("registry", "regtool", "delete", "doomed:1").ok()
    time.sleep(2)
    planned = deployed.sk("registry", "garbage-collect", "--grace=1s", "--now", "--dry-run").ok()
    assert "would free" in planned
    with pulling(deployed, "kept:1") as failures:
        result = deployed.sk("registry", "garbage-collect", "--grace=1s", "--now", "--wait").ok()
        deployed.push("new:1", {"file": b"new"})
    assert failures == []
    freed = re.search(r"freed (3\.\d MiB): ", result)
    assert freed is not None
    assert f"garbage-collect: {freed[0]}" in deployed.sk("status", "registry").ok()
    assert deployed.pod()["metadata"]["uid"] == pod
    deployed.push("doomed:1", content)
    for image in ("doomed:1", "kept:1", "new:1"):
        assert deployed.pulls(image)
    assert "3 tags, 0 of them damaged" in deployed.sk("registry", "fsck", "--deep").ok()


def test_velero_s_hooks_run_in_the_pod_and_what_they_noted_is_restored(deployed: Installation) -> None:
    pod = deployed.pod()["metadata"]
    digest = deployed.push("hooked:1", {"file": b"before"})

    def run_in_pod(*command: str) -> str:
        return deployed.cluster.kubectl("exec", "-n", deployed.name, pod["name"], "-c", "reg-tool", "--", *command)

    def run_hook(phase: str) -> None:
        hook = {key.rpartition("/")[2]: text for key, text in pod["annotations"].items() if key.startswith(phase)}
        command = json.loads(hook["command"])
        deployed.cluster.kubectl("exec", "-n", deployed.name, pod["name"], "-c", hook["container"], "--", *command)

    run_hook("pre.hook.backup.velero.io/")
    assert f"velero-{pod['name']} " in deployed.sk("registry", "hold").ok()
    assert "holds deletions" in deployed.sk("registry", "delete", "hooked", "1", "--yes").stderr
    assert "restore-check" not in deployed.sk("status", "registry").ok()
    deployed.push("hooked:1", {"file": b"since"})
    # A restored volume has the note, and no lease that holds.
    noted = "/var/lib/registry/docker/registry/v2/_solakube/moments"
    run_in_pod("cp", "-a", noted, f"{noted}.copy")
    run_hook("post.hook.backup.velero.io/")
    assert deployed.sk("registry", "hold").ok() == ""
    run_in_pod("sh", "-c", f"rmdir {noted} && mv {noted}.copy {noted}")
    assert "restore-check is to be run" in deployed.sk("status", "registry").stdout
    deployed.sk("registry", "restore-check", "--yes").ok()
    assert deployed.digest("hooked:1") == digest
    assert deployed.pulls("hooked:1")
    deployed.sk("registry", "delete", "hooked", "1").ok()


def test_a_backup_leaves_the_cluster_and_comes_back_with_its_times(deployed: Installation, tmp_path: Path) -> None:
    def told(*arguments: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = json.loads(deployed.sk("registry", *arguments, "-o", "json").ok())["items"]
        return items

    target = str(tmp_path / "target")
    deployed.push("saved:1", {"large": os.urandom(3 << 20)})
    (before,) = told("list", "saved")
    told("backup", target)
    deployed.push("saved:2", {"file": b"two"})
    (second,) = told("backup", target, "--keep", "1")
    assert second["copied"] == 3
    assert "backup: " in deployed.sk("status", "registry").ok()
    assert [row["name"] for row in told("backup", "list", target)] == [second["name"]]
    deployed.sk("registry", "delete", "saved", "1").ok()
    deployed.sk("registry", "garbage-collect", "--grace=1s", "--now", "--wait").ok()
    assert [row["image"] for row in told("restore", target, "saved:1", "--dry-run")] == ["saved:1"]
    deployed.crane("manifest", f"{deployed.host}/saved:1").refused()
    assert [row["done"] for row in told("restore", target, "saved:1")] == ["made"]
    assert [row["pushed"] for row in told("list", "saved") if row["name"] == "1"] == [before["pushed"]]
    assert deployed.pulls("saved:1")
    assert deployed.sk("registry", "hold").ok() == ""

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter").touch()
    assert deployed.sk("registry", "backup", str(tmp_path / "mine")).exit_code == 1
    assert "backup failed: no backup goes into" in deployed.sk("status", "registry").stdout

    # To a claim, by itself.
    deployed.cluster.apply(json.dumps(claim(deployed, "spare")))
    deployed.environment["REGISTRY_BACKUP_TO"] = "pvc:spare"
    deployed.sk("deploy", "registry").ok()
    where, name = ("-n", deployed.name), f"{deployed.full}-backup"
    deployed.cluster.kubectl(*where, "create", "job", "night", f"--from=cronjob/{name}")
    deployed.cluster.kubectl(*where, "wait", "job/night", "--for=condition=complete", "--timeout=300s")
    (moment,) = told("backup", "list", "pvc:spare")
    assert (moment["tags"], moment["state"]) == (2, "checked")
    assert "2 tags, 0 of them damaged" in deployed.sk("registry", "backup", "verify", "pvc:spare", "--deep").ok()
    deployed.sk("registry", "delete", "saved", "1").ok()
    deployed.sk("registry", "garbage-collect", "--grace=1s", "--now", "--wait").ok()
    deployed.crane("manifest", f"{deployed.host}/saved:1").refused()
    assert [row["done"] for row in told("restore", "pvc:spare", "saved:1")] == ["made"]
    assert deployed.pulls("saved:1")
    assert told("backup", "pvc:spare", "--keep", "1")[0]["copied"] == 0
    status = deployed.sk("status", "registry").ok()
    assert f"CronJob {deployed.name}/{name}: waiting (0 1 * * *" in status
    assert " UTC: backup: " in status
    deployed.sk("undeploy", "registry", "--delete-data", "--yes").ok()
    assert deployed.get("pvc", "spare")["status"]["phase"] == "Bound"


def claim(installation: Installation, name: str) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    metadata = {"name": name, "namespace": installation.name}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}


def test_images_of_another_registry_s_folder_come_into_the_cluster(deployed: Installation, tmp_path: Path) -> None:
    TreeWriter(tmp_path).write([Pushed("taken/in", "1", small_image("taken in"))])
    told = [deployed.sk("registry", "import", str(tmp_path), "-o", "json").ok() for _ in range(2)]
    assert [json.loads(output)["total"]["blobs"] for output in told] == [2, 0]
    assert deployed.digest("taken/in:1") == small_image("taken in").manifest.digest
    assert deployed.pulls("taken/in:1")


@contextmanager
def pulling(installation: Installation, image: str) -> Iterator[list[str]]:
    """Pull an image again and again; collects what went wrong."""
    failures: list[str] = []
    end = threading.Event()

    def loop() -> None:
        while not end.is_set():
            pull = installation.crane("validate", "--remote", f"{installation.host}/{image}")
            if pull.exit_code:
                failures.append(pull.stderr)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield failures
    finally:
        end.set()
        thread.join()
