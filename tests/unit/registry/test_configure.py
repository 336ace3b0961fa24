"""What is asked of the user before anything is looked at or changed."""

from __future__ import annotations

import pytest
from solakube_registry.configure import configure

from solakube_core.testing import Place
from tests.unit.exposure.places import settings


@pytest.mark.parametrize(
    ("image", "problems"),
    [
        ("python:3.13-slim", 0),
        ("mirror.example.com/library/python:3.12", 0),
        ("byrnedo/reg-tool", 1),
        ("docker.io/byrnedo/reg-tool:latest", 1),
    ],
)
def test_the_originals_tool_is_refused_with_the_reason(image: str, problems: int) -> None:
    found = configure(settings(REGISTRY_ADMIN_PASSWORD="secret", REGISTRY_REGTOOL_IMAGE=image), (), Place()).problems
    assert len(found) == problems
    assert all("has no Python" in problem.why for problem in found)
