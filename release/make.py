"""Make everything that a release ships.

    python -m release.make FOLDER

Into the folder come a wheel and an sdist of each distribution, `regtool.pyz`, `sbom.cdx.json` and `licenses.md`. They
are made from the files that git knows, as they are now.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import venv
import zipapp
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
DISTRIBUTIONS = (".", "plugins/storage", "plugins/registry")
"""Folders of their pyproject.toml, in the order in which they need one another."""

_MAINTENANCE = Path("plugins/registry/solakube_regtool")


def make(folder: Path, environment: Path) -> None:
    """Make all of a release.

    Args:
        folder: where to; made if it is not there.
        environment: where to install the wheels, to see that they can be, and what comes with them.

    Raises:
        subprocess.CalledProcessError: a part could not be made; the builder has said why on standard error.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        sources(Path(scratch))
        for distribution in DISTRIBUTIONS:
            _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, Path(scratch, distribution))
        one_file(Path(scratch, _MAINTENANCE), folder / "regtool.pyz")
    venv.create(environment)
    python = environment / "bin" / "python"
    _run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *sorted(folder.glob("*.whl")))
    _describe(python, folder)


def one_file(package: Path, file: Path) -> None:
    """Make the maintenance program one file, for any Python from 3.9 on (PEP 441)."""
    with tempfile.TemporaryDirectory() as scratch:
        skip = shutil.ignore_patterns("__pycache__")
        shutil.copytree(package, Path(scratch, package.name), ignore=skip)
        # It imports the package by its name, so it can start it from here as well.
        shutil.copy(package / "__main__.py", scratch)
        zipapp.create_archive(scratch, file, interpreter="/usr/bin/env python3", compressed=True)


def sources(folder: Path) -> None:
    """Copy what git knows: building leaves files beside the sources, and nothing else may get into a package."""
    listed = subprocess.run(
        ["git", "-C", str(CHECKOUT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if CHECKOUT.joinpath(name).exists():
            folder.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, folder / name)


def _describe(python: Path, folder: Path) -> None:
    """List what an installation consists of: as a CycloneDX bill of materials, and with its licences."""
    bill = folder / "sbom.cdx.json"
    _run(sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--output-file", bill, python)
    licences = ("--python", python, "--format=markdown", "--with-urls", "--output-file", folder / "licenses.md")
    _run(sys.executable, "-m", "piplicenses", *licences)


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: python -m release.make FOLDER\n{__doc__}")
    with tempfile.TemporaryDirectory() as scratch:
        make(Path(sys.argv[1]), Path(scratch))
