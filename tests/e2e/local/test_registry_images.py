"""The registry's images alone, in containers."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.support.programs import Crane
from tests.e2e.testbed.catalog import REGISTRY_2_IMAGE, REGISTRY_3_IMAGE


@pytest.mark.parametrize("image", [REGISTRY_2_IMAGE, REGISTRY_3_IMAGE])
def test_what_is_pushed_is_pulled_back(
    image: str, registry_container: Callable[[str], str], crane: Crane, tmp_path: Path
) -> None:
    data = os.urandom(4096)
    reference = f"{registry_container(image)}/team/app:1.0"
    digest = crane.push_new(reference, {"data": data})
    assert digest.startswith("sha256:")
    assert crane("export", f"{reference.rpartition(':')[0]}@{digest}", tmp_path / "image.tar").ok() == ""
    assert data in (tmp_path / "image.tar").read_bytes()
