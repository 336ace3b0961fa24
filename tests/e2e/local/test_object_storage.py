"""A registry of one machine whose images are in a bucket."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.local.machine import Machine
from tests.e2e.support.object_storage import serving
from tests.e2e.support.waiting import eventually
from tests.e2e.testbed.provisioner import Provisioner


def test_it_lives_in_a_bucket(machine_3: Machine, provisioner: Provisioner, tmp_path: Path) -> None:
    machine = machine_3

    def collected() -> str:
        return machine.sk("registry", "garbage-collect", "--grace=1s", "--untagged-grace=1s", "--now").ok()

    with serving(provisioner, tmp_path / "s3") as storage:
        machine.environment |= {**storage.settings(), "REGISTRY_S3_PREFIX": "some/place"}
        told = machine.deploy()
        assert f"the images are in the bucket images at {storage.endpoint}, below some/place/" in told
        assert "layers are passed on by the registry, not redirected: its endpoint speaks plain HTTP" in told
        machine.push("team/app:1", {"file": b"content"})
        machine.crane("tag", f"{machine.host}/team/app:1", "2").ok()
        assert machine.pulls("team/app:1")
        with storage.opened() as bucket:
            assert list(bucket.folders("")) == ["some"]
        assert not machine.data.joinpath("docker").exists()
        assert machine.sk("registry", "list", "team/app", "-o", "name").ok() == "1\n2\n"
        assert json.loads(machine.sk("registry", "list", "team/app", "-o", "json").ok())["items"][0]["pushed"]
        assert "unreferenced 0 B" in machine.sk("registry", "usage").ok()
        target = str(machine.home / "backup")
        assert "copied 3 blobs" in machine.sk("registry", "backup", target).ok()
        assert "2 tags, 0 of them damaged" in machine.sk("registry", "backup", "verify", target, "--deep").ok()
        assert "backup: " in machine.sk("status", "registry").ok()
        assert "not restored into an object storage" in machine.sk("registry", "restore", target).refused()
        machine.sk("registry", "delete", "team/app", "2").ok()
        assert "1 tag, 0 of them damaged" in machine.sk("registry", "fsck", "--deep").ok()
        assert "would free 0 B" in machine.sk("registry", "garbage-collect", "--dry-run").ok()
        assert "--keep is of no use" in machine.sk("registry", "garbage-collect", "--keep=1d").refused()
        machine.push("team/app:3", {"file": b"younger"})
        machine.environment["REGISTRY_RETENTION_KEEP_LAST"] = "1"
        assert "would delete team/app:1" in machine.sk("registry", "prune", "--dry-run").ok()
        assert "deleted team/app:1" in machine.sk("registry", "prune", "--yes").ok()
        assert machine.sk("registry", "list", "team/app", "-o", "name").ok() == "3\n"
        machine.sk("registry", "undelete", "team/app:1").ok()
        assert machine.pulls("team/app:1")
        assert "deleted" in machine.sk("registry", "history", "team/app:1").ok()
        machine.sk("registry", "hold", "nightly").ok()
        assert "nightly" in machine.sk("registry", "delete", "team/app:1", "--yes").refused()
        machine.sk("registry", "hold", "nightly", "--end").ok()
        assert "deleted team/app:1" in machine.sk("registry", "delete", "team/app:1", "--yes").ok()
        del machine.environment["REGISTRY_RETENTION_KEEP_LAST"]
        eventually(lambda: "freed 0 B" not in collected(), "what was pushed is old enough to be collected")
        assert "1 tag, 0 of them damaged" in machine.sk("registry", "fsck", "--deep").ok()
        assert "unreferenced 0 B" in machine.sk("registry", "usage").ok()
        assert machine.sk("diff", "registry").exit_code == 0
        machine.sk("undeploy", "registry", "--yes", "--delete-data").ok()
        machine.deploy()
        assert machine.pulls("team/app:3")
    refused = machine.sk("deploy", "registry").refused()
    assert f"{storage.endpoint} does not answer" in refused
