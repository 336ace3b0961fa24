"""A registry that remembers which blobs there are is not collected: it would leave freed layers out of pushes."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.e2e.maintenance.load import Crane
from tests.e2e.maintenance.registries import collection, running
from tests.e2e.testbed.provisioner import Provisioner


def test_a_registry_with_a_cache_is_refused(
    registry_program: Path, provisioner: Provisioner, layers: list[Path], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    cached = f"filesystem: {{rootdirectory: {data}}}, cache: {{blobdescriptor: inmemory}}"
    with running(registry_program, data, tmp_path, storage=cached) as registry:
        Crane(provisioner.program("crane"), registry).push("app:1", layers[:1])
        done = subprocess.run(collection(registry), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the registry does not ask its volume" in done.stdout
