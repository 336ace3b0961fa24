"""Proving a backup: a real registry is started on it, and asked for every tag and every blob."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from solakube_core.plugin import Session, Settings, SolakubeError
from solakube_registry.backup.targets import Target
from solakube_registry.maintenance.tool import Record, records
from solakube_registry.processes.config import as_text

_PROGRAMS = ("registry", "docker-registry")
_STARTS_WITHIN = 60.0
_ENDS_WITHIN = 10.0
_LOOK = 0.05


def prove(session: Session, target: Target, moment: str | None, deep: bool) -> Iterator[Record]:
    """Prove a backup, and remember beside it what came of that.

    In the registry's pod no other registry can be started: there the maintenance program reads it.

    Args:
        session: the run of `sk`.
        target: where the backups are.
        moment: which one; None for the latest.
        deep: have every blob sent.

    Yields:
        What `fsck` tells of the registry on the backup.

    Raises:
        SolakubeError: the backup cannot be read, no registry can be started, or it does not list all of its tags.
    """
    chosen = [f"--moment={moment}"] if moment else []
    reading = ["--deep"] if deep else []
    if target.beside:
        yield from records(session, "backup-check", *chosen, *reading, "--", target.folder, done=(0, 1))
        return
    program = _program(session.settings)
    with tempfile.TemporaryDirectory(prefix="solakube-verify-") as folder:
        (made,) = records(session, "backup-scratch", *chosen, "--", target.folder, f"{folder}/data")
        with _serving(program, Path(folder)) as url:
            for record in records(session, "fsck", *reading, url=url, done=(0, 1)):
                yield record
                if record["type"] == "checked":
                    _require_all(record, made)
                    figures = (f"--tags={record['tags']}", f"--damaged={record['damaged']}")
                    list(records(session, "backup-proof", f"--moment={made['name']}", *figures, "--", target.folder))


def _require_all(checked: Record, made: Record) -> None:
    if checked["tags"] != made["tags"]:
        why = f"it has {made['tags']} of them, and a registry on it lists {checked['tags']}"
        raise SolakubeError(f"the backup {made['name']} does not give all of its tags back", why, "take another one")


def _program(settings: Settings) -> str:
    """Find the registry's executable, as the local engine does.

    Raises:
        SolakubeError: there is none.
    """
    named = settings.get("REGISTRY_BINARY")
    candidates = (str(Path(named).expanduser()),) if named else _PROGRAMS
    found = next((path for name in candidates if (path := shutil.which(name))), None)
    if not found:
        why = f"there is no program {' or '.join(candidates)} here, and a container is not used for this"
        raise SolakubeError("no registry can be started on the backup", why, "set REGISTRY_BINARY to its executable")
    return found


@contextmanager
def _serving(program: str, folder: Path) -> Iterator[str]:
    """Serve a scratch folder on this machine alone, until the context ends; gives the URL.

    Raises:
        SolakubeError: the registry does not start.
    """
    port = _free_port()
    config = folder / "config.yml"
    config.write_text(as_text(_config(folder / "data", port)))
    with (folder / "log").open("w+") as log:
        # It would lay its variables over the file, and our settings are named as these.
        environ = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRY_")}
        command = (program, "serve", str(config))
        process = subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            _await_answer(process, port, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(_ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _config(data: Path, port: int) -> dict[str, object]:
    maintenance = {"readonly": {"enabled": True}, "uploadpurging": {"enabled": False}}
    return {
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(data)}, "maintenance": maintenance},
        "http": {"addr": f"127.0.0.1:{port}"},
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_answer(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    # No proxy leads to this machine itself.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + _STARTS_WITHIN
    while process.poll() is None and time.monotonic() < end:
        try:
            opener.open(f"http://127.0.0.1:{port}/v2/", timeout=_STARTS_WITHIN).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(_LOOK)
        else:
            return
    raise SolakubeError("the registry does not start on the backup", log.read_text()[-1000:].strip())
