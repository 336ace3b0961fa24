"""Making this machine hold what a plan says."""

from __future__ import annotations

from pathlib import Path

from solakube_core.engine import Progress
from solakube_core.local import keeper, systemd
from solakube_core.local.folders import MADE_BY_SK, Folders
from solakube_core.local.identity import claim, data_stays
from solakube_core.local.orders import Orders
from solakube_core.local.programs import provide_image
from solakube_core.local.recording import write_atomically
from solakube_core.model import File


def apply(where: Folders, orders: Orders, unit: str, progress: Progress) -> None:
    """Write the files, then have the supervisor run what is wanted. What is there already stays as it is.

    Args:
        unit: name of the systemd unit, where there is systemd.
    """
    for image in orders.images:
        provide_image(image, progress)
    for folder in (where.state, where.config):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if note := data_stays(where):
        progress.say(f"note: {note}")
    with keeper.alone(where):
        _make_data_folder(where.data)
        changed = [file for file in orders.files if _write(where.config, file)]
        claim(where)
        done = keeper.follow(where, unit, orders.wanted)
    for file in changed:
        progress.say(f"written: {file.name}")
    progress.say(f"supervisor: {done}" if done else "nothing to change" if not changed else "no restart needed")
    if systemd.is_installed(unit) and not systemd.lingers():
        progress.say("note: it starts when you log in; to start with the machine: sudo loginctl enable-linger $USER")


def _make_data_folder(data: Path) -> None:
    """Make the folder, and mark it as ours if nothing was in it before."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not any(data.iterdir()):
        data.joinpath(MADE_BY_SK).touch()


def _write(folder: Path, file: File) -> bool:
    """Write a file of the configuration unless it is there; tell whether it changed."""
    target = folder / file.name
    if target.exists() and target.read_text(encoding="utf-8") == file.content:
        return False
    write_atomically(target, file.content)
    return True
