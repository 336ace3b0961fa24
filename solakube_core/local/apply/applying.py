"""Making this machine hold what a plan says."""

from __future__ import annotations

import contextlib
import shlex
import shutil
from pathlib import Path

from solakube_core.engine import Progress
from solakube_core.local.apply.configuration import leftovers, write_all
from solakube_core.local.apply.orders import Orders
from solakube_core.local.data.folders import MADE_BY_SK, Folders
from solakube_core.local.data.identity import claim, data_stays
from solakube_core.local.keep import keeper, systemd
from solakube_core.local.machine.programs import provide_image


def apply(where: Folders, orders: Orders, unit: str, progress: Progress, timeout: float) -> None:
    """Write the files, then have the supervisor run what is wanted. What is there already stays as it is.

    Args:
        unit: name of the systemd unit, where there is systemd.
        timeout: seconds until giving up on an image that is pulled.
    """
    for image in orders.images:
        provide_image(image, progress, timeout)
    for folder in (where.state, where.config):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    if note := data_stays(where):
        progress.say(f"note: {note}")
    with keeper.alone(where):
        _make_data_folder(where.data, progress)
        changed = write_all(where, orders.files)
        claim(where, orders.programs)
        done = keeper.follow(where, unit, orders.wanted)
        gone = leftovers(where.config, orders.files)
        for path in gone:
            path.unlink()
        if not any(file.copied for file in orders.files):
            shutil.rmtree(where.run, ignore_errors=True)
    told = [*(f"written: {file.name}" for file in changed), *(f"removed: {path.name}" for path in gone)]
    for line in told:
        progress.say(line)
    progress.say(f"supervisor: {done}" if done else "no restart needed" if told else "nothing to change")
    if systemd.is_installed(unit) and not systemd.lingers():
        progress.say("note: it starts when you log in; to start with the machine: sudo loginctl enable-linger $USER")


def _make_data_folder(data: Path, progress: Progress) -> None:
    """Make the folder; if nothing was in it before, mark it as ours and close it to others."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not any(data.iterdir()):
        data.joinpath(MADE_BY_SK).touch()
        with contextlib.suppress(PermissionError):  # Another user lets us write there.
            data.chmod(0o700)
    if data.stat().st_mode & 0o077:
        progress.say(
            f"note: other users of this machine may look into {data}; to keep the images from them: "
            f"chmod go= {shlex.quote(str(data))}"
        )
