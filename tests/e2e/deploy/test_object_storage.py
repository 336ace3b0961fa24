"""A registry without a data folder is looked after by its API, without being told to."""

from __future__ import annotations

from tests.e2e.support.installation import Installation

NO_FILES = "configData: {storage: {inmemory: {}}}\n"


def test_images_that_are_not_on_the_volume_are_listed_and_deleted(exposed: Installation) -> None:
    exposed.write("deployment/registry/chart-values.yaml", NO_FILES)
    exposed.sk("deploy", "registry").ok()
    exposed.login()
    exposed.push("team/app:1", {"file": b"content"})
    exposed.crane("tag", f"{exposed.host}/team/app:1", "2").ok()
    assert exposed.sk("registry", "regtool", "list", "team/app").ok() == "1\n2\n"
    exposed.sk("registry", "regtool", "delete", "team/app", "2").ok()
    assert exposed.sk("registry", "regtool", "list", "team/app").ok() == "1\n"
    assert "1 tag, 0 of them damaged" in exposed.sk("registry", "fsck", "--deep").ok()
    assert "unreferenced unknown" in exposed.sk("registry", "usage").ok()
    told = exposed.sk("registry", "garbage-collect").refused()
    assert "needs the registry's data, and that is in an object storage" in told
