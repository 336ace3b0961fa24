"""The online collector beside a registry of two processes: the metrics of both tell what is going on."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from solakube_regtool.commands.registry_options import EVERY_PROCESS

from tests.e2e.maintenance.load import Crane, assert_nothing_damaged, load, new_layers
from tests.e2e.testbed.provisioner import Provisioner
from tests.e2e.users.conftest import Fronted
from tests.e2e.users.fronts import PASSWORDS

SECONDS = 30.0


@pytest.mark.parametrize("program", ["3"], indirect=True)
def test_pushes_and_pulls_go_on_while_collections_run_and_are_killed(
    closed: Fronted, provisioner: Provisioner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = base64.b64encode(f"ci:{PASSWORDS['ci']}".encode()).decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {closed.registry.host: {"auth": login}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    # As the maintenance container has it.
    monkeypatch.setenv(EVERY_PROCESS, closed.metrics)
    client = Crane(provisioner.program("crane"), closed.registry)
    outcome = load(client, new_layers(tmp_path), SECONDS)
    assert_nothing_damaged(client, outcome)
    assert outcome.refused == outcome.unavailable == []
    assert outcome.pushes > 0
