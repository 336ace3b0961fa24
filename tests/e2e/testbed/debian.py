"""Debian packages: installed on this machine, unpacked beside it, or made into root file systems."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from tests.e2e.testbed.cache import Cache, default_root, fingerprint
from tests.e2e.testbed.console import step
from tests.e2e.testbed.errors import UnavailableError
from tests.e2e.testbed.process import run, succeeds

_QUIET: Mapping[str, str] = {"DEBIAN_FRONTEND": "noninteractive"}


def install(*packages: str) -> None:
    """Install packages on this machine; those that are there are left alone.

    Raises UnavailableError where that takes root or apt and there is none.
    """
    with _apt_lock():
        missing = [package for package in packages if not succeeds(["dpkg", "-s", package])]
        if not missing:
            return
        _need_apt(f"install {' '.join(missing)}")
        with step(f"install the Debian packages {' '.join(missing)}"):
            run(["apt-get", "update", "-q"], env=_QUIET)
            run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing], env=_QUIET)


def ensure_program(program: str, package: str) -> None:
    """Install the package that has a program, unless the program is there, from wherever it came."""
    if shutil.which(program) is None:
        install(package)


def unpacked(cache: Cache, package: str) -> Path:
    """A folder with the files of a package, which is not installed: so no service of it is started."""

    def build(folder: Path) -> None:
        _need_apt(f"fetch {package}")
        with _apt_lock(), step(f"fetch the Debian package {package}"):
            run(["apt-get", "update", "-q"], env=_QUIET)
            # apt's own download user may not write to a private folder: let it fetch as root.
            run(["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", package], cwd=folder, env=_QUIET)
            (archive,) = folder.glob("*.deb")
            run(["dpkg", "-x", archive, folder])
            archive.unlink()

    return cache.entry("debian", package, build)


def root_file_system(cache: Cache, suite: str, variant: str, packages: Sequence[str]) -> Path:
    """A tar file with a Debian of that suite, mmdebstrap's variant and the packages."""

    def build(folder: Path) -> None:
        ensure_program("mmdebstrap", "mmdebstrap")
        with step(f"make a root file system of Debian {suite}"):
            names = ",".join(packages)
            run(["mmdebstrap", f"--variant={variant}", f"--include={names}", suite, folder / "root.tar"])

    key = f"{suite}-{fingerprint(variant, *packages)}"
    return cache.entry("rootfs", key, build) / "root.tar"


def _apt_lock() -> AbstractContextManager[None]:
    """Where apt-get is at work for another test it is waited for: it would refuse to work twice at once."""
    return Cache(default_root()).locked("apt")


def _need_apt(purpose: str) -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise UnavailableError(f"cannot {purpose}: that takes root on Debian; run as root, or install it yourself")
