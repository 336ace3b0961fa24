"""Other versions of `sk`, each in a virtual environment of its own, as after an upgrade."""

from __future__ import annotations

import io
import re
import shutil
import site
import subprocess
import tarfile
import venv
from pathlib import Path

import pytest

_CHECKOUT = Path(__file__).parents[3]
_PARTS = ("solakube_core", "plugins/registry", "plugins/storage")
_START = "#!{python}\nfrom solakube_core.cli.main import main\nmain()\n"


def earlier(commit: str, folder: Path) -> Path:
    """Return the `sk` of a commit."""
    command = ["git", "-C", str(_CHECKOUT), "archive", commit, *_PARTS]
    archive = subprocess.run(command, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"this checkout's history does not reach back to {commit}")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    return _installed(folder)


def later(folder: Path) -> Path:
    """Return the `sk` of a version to come, whose records have a field more."""
    for part in _PARTS:
        shutil.copytree(_CHECKOUT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    _change(folder / "solakube_core/version.py", r'__version__ = ".*"', '__version__ = "99.0"')
    field = r'    version: str = field(default="", compare=False)'
    _change(folder / "solakube_core/local/state/records.py", re.escape(field), f"{field}\n    nice: int = 0")
    return _installed(folder)


def _change(file: Path, pattern: str, replacement: str) -> None:
    text, count = re.subn(pattern, replacement, file.read_text())
    assert count == 1
    file.write_text(text)


def _installed(folder: Path) -> Path:
    """Make a virtual environment whose modules are those in the folder; all others are the tests' own."""
    home = folder / "venv"
    venv.create(home, symlinks=True)
    packages = next(home.glob("lib/python*/site-packages"))
    paths = [folder, folder / "plugins/registry", folder / "plugins/storage", *site.getsitepackages()]
    packages.joinpath("versions.pth").write_text("".join(f"{path}\n" for path in paths))
    sk = home / "bin/sk"
    sk.write_text(_START.format(python=home / "bin/python"))
    sk.chmod(0o755)
    return sk
