"""Tags of real registries of both lines, deleted or moved, and brought back."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from solakube_registry.oci import push_image

from tests.e2e.maintenance.by_api import pushing, small_image
from tests.e2e.maintenance.load import Crane
from tests.e2e.maintenance.registries import RunningRegistry, regtool, regtool_command


def collect(registry: RunningRegistry, *options: str) -> None:
    """Collect all that may be collected: nothing is in use."""
    time.sleep(1.1)
    regtool(registry, "garbage-collect", "--grace=1s", "--wait", "--metrics", registry.metrics, *options)


def digests(records: Sequence[dict[str, Any]]) -> list[str]:
    return [record["digest"] for record in records]


def test_what_was_deleted_or_moved_comes_back_whole(running_registry: RunningRegistry, client: Crane) -> None:
    first, second = small_image("first"), small_image("second")
    with pushing(running_registry.host) as pusher:
        push_image(pusher, "team/app", "moved", first)
        push_image(pusher, "team/app", "deleted", first)
        time.sleep(0.02)
        push_image(pusher, "team/app", "moved", second)
    regtool(running_registry, "delete", "team/app:deleted")
    collect(running_registry)

    assert digests(regtool(running_registry, "history", "team/app:moved")) == [first.digest, second.digest]
    for tag in ("moved", "deleted"):
        regtool(running_registry, "undelete", f"team/app:{tag}")
        client.validate(f"team/app:{tag}")
        assert client.digest(f"team/app:{tag}") == first.digest
    regtool(running_registry, "undelete", "team/app:moved")
    assert client.digest("team/app:moved") == second.digest


def test_what_is_freed_at_once_cannot_come_back(running_registry: RunningRegistry, client: Crane) -> None:
    with pushing(running_registry.host) as pusher:
        push_image(pusher, "app", "kept", small_image("kept"))
        push_image(pusher, "app", "1", small_image("first"))
    regtool(running_registry, "delete", "app:1")
    collect(running_registry, "--undo-period=0")
    refused = regtool_command(running_registry, "undelete", "app:1")
    done = subprocess.run(refused, capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["what"]) == (1, "nothing is known of app:1")
    client.validate("app:kept")


def test_a_tag_that_the_registry_itself_deletes_leaves_nothing(
    running_registry: RunningRegistry, tmp_path: Path
) -> None:
    with pushing(running_registry.host) as pusher:
        push_image(pusher, "app", "1", small_image("first"))
        pusher.delete("app", "manifests", small_image("first").digest)
    assert regtool(running_registry, "history", "app") == []
