"""A registry as it runs where somebody may only pull: two processes on one folder, and the proxy in front of them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from solakube_registry.processes.config import as_text, reader_config, registry_config
from solakube_registry.processes.proxy import MEMORY_MIB, in_pod, proxy_config
from solakube_registry.users import htpasswd, passwords
from solakube_registry.users.credentials import READER_HTPASSWD
from solakube_registry.users.user import ANONYMOUS, User

from solakube_core.plugin import Layout
from tests.e2e.local.machine import free_ports
from tests.e2e.maintenance.registries import RunningRegistry, await_answer
from tests.e2e.support.waiting import PATIENCE
from tests.e2e.testbed.catalog import HAPROXY_IMAGE
from tests.e2e.testbed.process import run

PASSWORDS = {name: f"{name}'s" for name in ("admin", "ci", "web", ANONYMOUS)} | {ANONYMOUS: ANONYMOUS}
SIGNING = "signing"
"""What the registry signs the states of uploads with."""
USERS = {user.name: user for user in (User("ci", "push", "settings", "ci's"), User("web", "pull", "settings", "web's"))}


@contextmanager
def fronted(
    program: Path, folder: Path, anonymous: bool = False, host: str = "127.0.0.1"
) -> Iterator[tuple[RunningRegistry, str]]:
    """Run it all, with the users of PASSWORDS: ci may push, web may pull.

    Args:
        program: the registry's executable.
        folder: for data, configuration and logs.
        anonymous: requests without a login may pull.
        host: this machine's address for those who go past the proxy.

    Yields:
        The registry at the proxy's address, and the debug addresses of both processes, separated by a space.
    """
    layout = Layout(str(folder / "data"), str(folder / "config"))
    (folder / "data").mkdir()
    (folder / "config").mkdir()
    write_passwords(Path(layout.config), anonymous)
    port, debug = free_ports(), free_ports()
    writer, reader, debug_ports = port + 1, port + 2, (debug, debug + 1)
    addresses = [f"127.0.0.1:{number}" for number in debug_ports]
    configs = {
        "config": registry_config(layout, f"{host}:{writer}", addresses[0], False, SIGNING),
        "reader": reader_config(layout, f"{host}:{reader}", addresses[1]),
    }
    with ExitStack() as stack:
        for name, config in configs.items():
            stack.enter_context(_registry(program, Path(layout.config), name, as_text(config)))
        places = replace(in_pod(port), reader=f"{host}:{reader}", writer=f"{host}:{writer}")
        (folder / "haproxy.cfg").write_text(proxy_config(anonymous, places))
        stack.enter_context(proxy_at_work(folder))
        for number in (*debug_ports, port):
            await_answer(f"http://127.0.0.1:{number}/")
        urls = [f"http://{address}" for address in addresses]
        yield RunningRegistry(folder / "data", f"localhost:{port}", urls[0]), " ".join(urls)


def write_passwords(config: Path, anonymous: bool = False, users: Mapping[str, User] = USERS) -> None:
    """Write both password files."""
    admin = passwords.hashed(PASSWORDS["admin"], passwords.MADE)
    lines = htpasswd.lines({}, admin, users, {}, anonymous)
    (config / READER_HTPASSWD).write_text(htpasswd.written(lines, users))
    (config / "htpasswd").write_text(htpasswd.written(htpasswd.of_writers(lines, users), users))


@contextmanager
def _registry(program: Path, folder: Path, name: str, config: str) -> Iterator[None]:
    file = folder / f"{name}.yml"
    file.write_text(config)
    with (folder / f"{name}.log").open("wb") as log:
        environment = {**os.environ, "OTEL_TRACES_EXPORTER": "none"}
        process = subprocess.Popen([program, "serve", file], stdout=log, stderr=log, env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def proxy_at_work(folder: Path) -> Iterator[str]:
    """Run the proxy with the configuration in a folder; yields its container, which has a pod's memory limit."""
    place = ("--network=host", f"--volume={folder}/haproxy.cfg:/haproxy.cfg:ro", "--env=POD_IPS=10.0.0.1")
    rights = ("--user=1000:1000", "--read-only", "--cap-drop=ALL", f"--memory={MEMORY_MIB}m")
    command = ("haproxy", "-W", "-db", "-f", "/haproxy.cfg")
    container = run(["docker", "run", "-d", *place, *rights, HAPROXY_IMAGE, *command]).strip()
    try:
        yield container
    finally:
        run(["docker", "rm", "-f", container])
