"""Images of other registries, and of a registry's own former volume, taken in as its owner does it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tests.e2e.local.machine import Machine, free_ports
from tests.e2e.maintenance.registries import running
from tests.e2e.maintenance.test_api_login import LOGIN, fill, htpasswd
from tests.e2e.support.object_storage import serving
from tests.e2e.testbed.provisioner import Provisioner


def test_another_registry_is_taken_in(
    machine_3: Machine, registry_binaries: Mapping[str, Path], tmp_path: Path
) -> None:
    machine, program = machine_3, registry_binaries["2.8"]
    fill(program, tmp_path)
    logged_in = replace(machine, environment={**machine.environment, **LOGIN})
    machine.deploy()
    machine.push("team/app:1", {"file": b"ours"})
    with running(program, tmp_path / "data", tmp_path, htpasswd(tmp_path)) as closed:
        place = ("--url", f"http://{closed.host}")
        assert "wants a login" in machine.sk("registry", "import", *place).refused()
        planned = logged_in.sk("registry", "import", *place, f"{closed.host}/team/app", "--dry-run").ok()
        assert ("would be set" in planned, "would be made" in planned) == (True, True)
        assert not machine.pulls("team/app:2")
        told = logged_in.sk("registry", "import", *place, f"{closed.host}/team/*:2").ok()
        assert "1 tag, 0 of them failed; copied: 2 blobs, " in told
        assert machine.pulls("team/app:2")
        done = json.loads(logged_in.sk("registry", "import", *place, "-o", "json").ok())
        assert {row["image"]: row["done"] for row in done["items"]} == {"team/app:1": "set", "team/app:2": "there"}
        assert (done["total"]["blobs"], done["total"]["failed"]) == (0, 0)
        assert "did you mean team/app?" in logged_in.sk("registry", "import", *place, "team/ap").refused()
    machine.sk("registry", "undelete", "team/app:1").ok()
    assert "there is no folder" in machine.sk("registry", "import", str(tmp_path / "nothing")).refused()
    assert "is no data folder of a registry" in machine.sk("registry", "import", str(machine.home)).refused()
    assert "name the data folder" in machine.sk("registry", "import").refused()


def test_a_registry_moves_from_its_folder_into_a_bucket(
    machine_3: Machine, provisioner: Provisioner, tmp_path: Path
) -> None:
    """As docs/moving.md tells: a second registry fills the bucket, the first one takes it over."""
    machine = machine_3
    machine.deploy()
    machine.push("team/app:1", {"file": os.urandom(100_000)})
    with serving(provisioner, tmp_path / "s3") as storage:
        place = {"SK_CLUSTER": "next", "SK_CLUSTER_TYPE": "local", "REGISTRY_PORT": str(free_ports())}
        login = {"REGISTRY_USERNAME": "admin", "REGISTRY_PASSWORD": machine.environment["REGISTRY_ADMIN_PASSWORD"]}
        second = replace(machine, environment={**machine.environment, **storage.settings(), **place, **login})
        second.deploy()
        address = f"http://{machine.host}"
        assert "copied: 2 blobs" in second.sk("registry", "import", "--url", address).ok()
        machine.push("team/app:2", {"file": b"pushed meanwhile"})
        second.sk("undeploy", "registry", "--yes").ok()
        machine.environment |= storage.settings()
        machine.deploy()
        assert machine.pulls("team/app:1")
        assert "team/app:2" in machine.sk("registry", "import", str(machine.data)).ok()
        assert all(map(machine.pulls, ("team/app:1", "team/app:2")))
        assert "2 tags, 0 of them damaged" in machine.sk("registry", "fsck", "--deep").ok()
        # The former folder is as it was: back again.
        for name in storage.settings():
            del machine.environment[name]
        machine.deploy()
        assert all(map(machine.pulls, ("team/app:1", "team/app:2")))
