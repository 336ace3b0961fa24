"""`sk registry usage` and `sk registry prune` on one machine."""

from __future__ import annotations

import json

from tests.e2e.local.machine import Machine


def test_usage_and_prune(machine_3: Machine) -> None:
    machine_3.deploy()
    for tag in ("1.0.0", "1.0.1", "1.0.2"):
        machine_3.push(f"team/app:{tag}", {"content": tag.encode()})
    shown = machine_3.sk("registry", "usage").ok()
    assert "team/app" in shown
    assert "unreferenced" in shown
    total = json.loads(machine_3.sk("registry", "usage", "-o", "json").ok())["total"]
    assert total["unique"] + total["shared"] + total["unreferenced"] == total["stored"] > 0

    assert "there is no retention rule" in machine_3.sk("registry", "prune", "--yes").refused()
    told = machine_3.sk("registry", "prune", REGISTRY_RETENTION_PATCH_RELEASES="2").ok()
    assert "would delete team/app:1.0.0" in told
    assert "keep" not in told
    told = machine_3.sk("registry", "prune", "--explain", "--dry-run", REGISTRY_RETENTION_PATCH_RELEASES="2").ok()
    assert "keep team/app:1.0.1, " in told
    assert machine_3.pulls("team/app:1.0.0")
    assert (
        "deleted team/app:1.0.0"
        in machine_3.sk("registry", "prune", "--yes", REGISTRY_RETENTION_PATCH_RELEASES="2").ok()
    )
    assert not machine_3.pulls("team/app:1.0.0")
    assert machine_3.pulls("team/app:1.0.1")
