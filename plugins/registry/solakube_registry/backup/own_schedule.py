"""The backups that the registry takes of itself, by the settings: REGISTRY_BACKUP_TO names where they go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from solakube_core.plugin import Problem, Schedule, Settings, Site
from solakube_registry.backup.variables import BACKUP_VARIABLES, RETENTION, SCHEDULE, TO
from solakube_registry.chart.values import RegistryValues
from solakube_registry.maintenance.regtool import beside_images, sees_images
from solakube_registry.naming import COMPONENT, CONTAINER_LAYOUT
from solakube_registry.place import in_cluster

NAME = "backup"


def place(settings: Settings) -> str:
    """Return where they go; "" for nowhere."""
    return settings.get(TO) or ""


def schedules(settings: Settings, site: Site, values: RegistryValues) -> tuple[Schedule, ...]:
    """Return the schedule of a machine without Kubernetes.

    Args:
        values: tell where the images are.
    """
    if not place(settings) or in_cluster(site):
        return ()
    arguments = ("backup", "--scheduled", "--", place(settings))
    return (
        Schedule(NAME, settings.require(SCHEDULE), beside_images(settings, site, values), arguments, _order(settings)),
    )


def _order(settings: Settings) -> str:
    """Return what `solakube_regtool.commands.backup` reads."""
    return json.dumps({period: settings.integer(name) for period, name in RETENTION.items()})


def problems(settings: Settings, site: Site, values: RegistryValues) -> Iterator[Problem]:
    """Tell now what would only fail at night."""
    if not place(settings) or in_cluster(site) or any(settings.problems(BACKUP_VARIABLES)):
        # What does not fit is told by its own name.
        return
    daily = RETENTION["days"]
    if settings.integer(daily) < 1:
        yield Problem(f"{TO} takes no backup with {daily}={settings.get(daily)}", "", "set it to 1 day or more")
    if not sees_images(values):
        why = "whoever copies what is in a bucket needs keys for it"
        yield Problem(f"{TO} cannot be kept", why, "set REGISTRY_S3_ACCESS_KEY and REGISTRY_S3_SECRET_KEY")
    yield from _folder_problems(place(settings), site.layout(COMPONENT, CONTAINER_LAYOUT).data)


def _folder_problems(folder: str, data: str) -> Iterator[Problem]:
    what = f"{TO}={folder} is no place for backups"
    if not Path(folder).is_absolute():
        remedy = "begin it with a slash, as in /mnt/backup/registry"
        yield Problem(what, "it is not the absolute path of a folder", remedy)
        return
    try:
        ours, theirs = Path(folder).resolve(), Path(data).resolve()
        there = ours.is_dir()
    except (OSError, RuntimeError) as error:
        # The latter where a link leads to itself, up to Python 3.12.
        yield Problem(what, str(error), "name a folder that can be reached")
        return
    if ours.is_relative_to(theirs) or theirs.is_relative_to(ours):
        yield Problem(what, f"the images are in {data}, and go with it", "name a folder on another disk")
    elif not there:
        why = "there is no such folder, and none is made: the disk may not be mounted"
        yield Problem(what, why, "mount the disk, or make the folder")
