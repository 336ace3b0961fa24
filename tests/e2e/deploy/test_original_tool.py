"""The original's tool beside the registry, with its own output and exit codes, with and without our own program."""

from __future__ import annotations

import pytest

from tests.e2e.support.installation import Installation
from tests.e2e.testbed import loading
from tests.e2e.testbed.catalog import REGTOOL_IMAGE


@pytest.fixture
def tooled(exposed: Installation) -> Installation:
    """A registry with the original's tool and without our program, deployed and logged in to."""
    exposed.cluster.provisioner.image(REGTOOL_IMAGE)
    loading.load([REGTOOL_IMAGE], exposed.cluster.node)
    exposed.environment |= {"REGISTRY_REGTOOL_IMAGE": REGTOOL_IMAGE, "REGISTRY_MAINTENANCE_IMAGE": "none"}
    exposed.sk("deploy", "registry").ok()
    exposed.login()
    return exposed


def test_it_lists_and_deletes_and_what_it_cannot_is_said(tooled: Installation) -> None:
    digest = tooled.push("app:1", {"file": b"1"})
    tooled.crane("tag", f"{tooled.host}/app:1", "2").ok()
    tooled.push("team/other:x", {"file": b"x"})

    assert tooled.sk("registry", "regtool", "list").ok() == "app\nteam/other\n"
    assert tooled.sk("registry", "regtool", "list", f"{tooled.host}/app:1").ok() == "1\n2\n"
    missing = tooled.sk("registry", "regtool", "delete", "app", "nope")
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "reg-tool ended with 1: there is no such tag" in missing.stderr
    assert tooled.sk("registry", "regtool", "delete", "app", "1").ok() == f"DIGEST: {digest}\nSuccessfully deleted\n"
    # It deletes the image: the other tag goes with it.
    tooled.crane("digest", f"{tooled.host}/app:2").refused()
    absent = tooled.sk("registry", "regtool", "list", "absent")
    assert (absent.exit_code, absent.stdout) == (5, "")
    assert "reg-tool ended with 5: there is no such repository" in absent.stderr

    (container,) = tooled.pod()["spec"]["containers"]
    assert container["name"] == "docker-registry"
    assert tooled.sk("registry", "list", "-o", "name").ok() == "app\nteam/other\n"
    assert "1 " in tooled.sk("registry", "fsck").ok()
    refused = tooled.sk("registry", "garbage-collect")
    assert refused.exit_code == 1
    assert "REGISTRY_MAINTENANCE_IMAGE=none leaves it out" in refused.stderr
    assert "maintenance" not in tooled.sk("status", "registry").ok()

    # Our program beside it, and another password, which both pods get to know.
    del tooled.environment["REGISTRY_MAINTENANCE_IMAGE"]
    tooled.password = "another one"
    tooled.sk("deploy", "registry").ok()
    assert tooled.sk("registry", "regtool", "list", "team/other").ok() == "x\n"
    assert (
        "would free" in tooled.sk("registry", "garbage-collect", "--dry-run", "--grace=0s", "--untagged-grace=0s").ok()
    )
