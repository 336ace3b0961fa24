"""The registry on a port of this machine."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.support.installation import Installation
from tests.e2e.support.waiting import PATIENCE


@contextmanager
def forwarded(installation: Installation) -> Iterator[str]:
    """Run `sk registry forward` on any free port; yields HOST:PORT, and expects a clean end."""
    process = installation.runner.start("registry", "forward", "--port=0", env=installation.settings())
    try:
        assert process.stdout is not None
        urls = (line.strip() for line in process.stdout if line.startswith("http://"))
        yield next(urls).removeprefix("http://")
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, rest


def test_pushes_and_pulls_go_through_also_after_the_pod_was_replaced(inside: Installation) -> None:
    inside.sk("deploy", "registry").ok()
    with forwarded(inside) as inside.host:
        inside.login()
        digest = inside.push("app:1", {"file": b"content"})
        inside.cluster.kubectl("-n", inside.name, "delete", "pod", inside.pod()["metadata"]["name"])
        assert inside.digest("app:1") == digest
        assert inside.pulls("app:1")
        inside.crane("auth", "logout", inside.host).ok()
        assert "401" in inside.crane("digest", f"{inside.host}/app:1").refused()


def test_without_a_registry_it_says_so(inside: Installation) -> None:
    result = inside.sk("registry", "forward", "--port=0")
    assert result.exit_code == 1
    assert "registry is not deployed on cluster" in result.stderr


def test_a_taken_port_is_refused(inside: Installation) -> None:
    inside.sk("deploy", "registry").ok()
    with forwarded(inside) as address:
        second = inside.sk("registry", "forward", f"--port={address.rpartition(':')[2]}")
    assert second.exit_code == 1
    assert "choose another port" in second.stderr
