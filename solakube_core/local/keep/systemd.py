"""The supervisor as a unit of the user's own systemd, which starts it again and brings it back after a reboot."""

from __future__ import annotations

import getpass
import os
import shutil
import string
import subprocess
from collections.abc import Sequence
from pathlib import Path

from solakube_core.errors import SolakubeError
from solakube_core.local.state.recording import write_atomically

_TIMEOUT = 100.0
_PLAIN = (string.ascii_letters + string.digits + "-_.:").encode()
_UNIT = """\
# Made by `sk deploy`; `sk undeploy` removes it.
[Unit]
Description={description}
StartLimitIntervalSec=0

[Service]
ExecStart={command}
Restart=on-failure
RestartSec=1
KillMode=mixed
TimeoutStopSec=90

[Install]
WantedBy=default.target
"""


def unit_name(cluster: str, component: str) -> str:
    """Return the name of a component's unit; other characters than systemd.unit(5) allows are spelt as it does."""
    words = f"solakube-{cluster}-{component}".encode()
    return "".join(chr(byte) if byte in _PLAIN else f"\\x{byte:02x}" for byte in words)


def is_there() -> bool:
    """Tell whether the user's own systemd runs."""
    runtime = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    return bool(Path(runtime, "systemd", "private").exists() and shutil.which("systemctl"))


def is_installed(unit: str) -> bool:
    """Tell whether there is such a unit."""
    return _file(unit).exists()


def install(unit: str, command: Sequence[str]) -> bool:
    """Write the unit; tell whether it is new or changed."""
    content = _UNIT.format(description=f"SolaKube: {unit}", command=" ".join(map(_quoted, command)))
    file = _file(unit)
    if file.exists() and file.read_text(encoding="utf-8") == content:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, content)
    _systemctl("daemon-reload")
    return True


def start(unit: str) -> None:
    """Start the unit, now and whenever the machine starts."""
    _systemctl("enable", "--now", f"{unit}.service")


def remove(unit: str) -> None:
    """Stop the unit and remove it."""
    if is_there():
        _systemctl("disable", "--now", f"{unit}.service")
    _file(unit).unlink(missing_ok=True)
    if is_there():
        _systemctl("daemon-reload")


def lingers() -> bool:
    """Make sure that the user's systemd runs without a login, from the machine's start on; tell whether it does."""
    if Path("/var/lib/systemd/linger", getpass.getuser()).exists():
        return True
    loginctl = shutil.which("loginctl")
    if not loginctl:
        return False
    command = [loginctl, "--no-ask-password", "enable-linger"]
    return subprocess.run(command, capture_output=True, check=False, timeout=_TIMEOUT).returncode == 0


def _file(unit: str) -> Path:
    base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "systemd" / "user" / f"{unit}.service"


def _quoted(word: str) -> str:
    """Quote a word of ExecStart (systemd.service(5), "Command lines"; systemd.unit(5), "Specifiers")."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _systemctl(*arguments: str) -> None:
    command = ["systemctl", "--user", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_TIMEOUT)
    if done.returncode:
        raise SolakubeError(f"`{' '.join(command)}` failed", done.stderr.strip())
