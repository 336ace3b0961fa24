"""Who listens on a TCP port of this machine."""

from __future__ import annotations

import contextlib
import errno
import pwd
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from solakube_core.local.machine.processes import command_line
from solakube_core.local.state.records import LOOPBACK

_PROC = Path("/proc")
_LISTENING = "0A"
_SHOWN = 120
_HANGS_UP = 0.5
"""Seconds within which a proxy that reaches no program has ended a connection."""


def obstacle(port: int, host: str = LOOPBACK) -> int:
    """Return the error number (errno(3)) with which a server could not listen on a port, 0 when it could."""
    with _probe(host) as probe:
        # As servers do: connections of an earlier one that are still being ended do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            return error.errno or errno.EIO
    return 0


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Tell whether a server could listen on a port."""
    return not obstacle(port, host)


def answers(port: int, host: str = LOOPBACK, proxied: bool = False) -> bool:
    """Tell whether somebody listens on a port.

    Args:
        proxied: a container engine's proxy listens there. It takes connections before the program in the container
            does, and ends them at once as long as it does not (docker-proxy of Docker; rootlessport of Podman).
    """
    # What cannot be the name of a host is a UnicodeError.
    with contextlib.suppress(OSError, UnicodeError), socket.create_connection((host, port), 1.0) as connection:
        return not proxied or _stays_open(connection)
    return False


def _stays_open(connection: socket.socket) -> bool:
    """Tell whether the other side keeps a new connection, or says something, rather than end it."""
    connection.settimeout(_HANGS_UP)
    try:
        return bool(connection.recv(1))
    except TimeoutError:
        return True


def _probe(host: str) -> socket.socket:
    return socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)


def holder(port: int) -> str:
    """Name who listens on a port, as far as one may know."""
    pids = sorted(_listeners(port))
    if pids:
        command = command_line(pids[0])
        return f"process {pids[0]}: {command[:_SHOWN]}" if command else f"process {pids[0]}"
    users = sorted({user_name(uid) for uid, _ in _sockets(port)})
    return f"a process of user {users[0]}" if users else "a process that does not show itself"


def _listeners(port: int) -> set[int]:
    if not _PROC.joinpath("net/tcp").exists():
        return _lsof(port)
    wanted = {f"socket:[{inode}]" for _, inode in _sockets(port)}
    return {pid for pid in _pids() if wanted and not wanted.isdisjoint(_descriptors(pid))}


def _sockets(port: int) -> Iterator[tuple[int, str]]:
    """Yield user and inode of each socket that listens on a port (proc_net_tcp in the kernel's documentation)."""
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in _PROC.joinpath("net", table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    yield int(fields[7]), fields[9]


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal())


def _descriptors(pid: int) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for entry in _PROC.joinpath(str(pid), "fd").iterdir():
            with contextlib.suppress(OSError):
                yield str(entry.readlink())


def _lsof(port: int) -> set[int]:
    if not shutil.which("lsof"):
        return set()
    command = ["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fp"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return {int(number) for number in re.findall(r"^p(\d+)$", done.stdout, re.MULTILINE)}


def user_name(uid: int) -> str:
    """Return the name of a user, or the number where there is none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
