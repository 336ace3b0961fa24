"""The backups that the registry takes of itself, by the settings: REGISTRY_BACKUP_TO names where they go.

On one machine that is a folder. In a cluster it is a claim, as pvc:NAME, which the registry's pod mounts: somebody else
made it, on a storage of his choice, and it outlives the registry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from solakube_core.plugin import ObjectRef, Problem, Schedule, Settings, Site, following
from solakube_registry.backup.variables import BACKUP_VARIABLES, CLAIM, RETENTION, SCHEDULE, TO
from solakube_registry.chart.values import RegistryValues
from solakube_registry.maintenance.regtool import beside_images, sees_images
from solakube_registry.naming import COMPONENT, CONTAINER_LAYOUT, Names
from solakube_registry.place import in_cluster

NAME = "backup"
_CLAIM_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_LOOKED_AT, _LAST_YEAR = 50, 2040
"""So many times of the schedule tell how far they lie apart: weekends, and months of any length, are among them."""


def place(settings: Settings) -> str:
    """Return where they go; "" for nowhere."""
    return settings.get(TO) or ""


def claim(settings: Settings) -> str:
    """Return the name of the claim that they go to; "" for none."""
    to = place(settings)
    return to.removeprefix(CLAIM) if to.startswith(CLAIM) else ""


def cron(settings: Settings) -> str:
    """Return when they are taken, where they go anywhere."""
    return settings.require(SCHEDULE)


def periods(settings: Settings) -> Mapping[str, int]:
    """Return for how long they are kept, as `solakube_regtool.commands.backup` reads it."""
    return {period: settings.integer(name) for period, name in RETENTION.items()}


def longest_gap(settings: Settings) -> float:
    """Return the most seconds between two of them; 0 where none are taken."""
    if not place(settings):
        return 0
    moments = [following(cron(settings), datetime(2027, 1, 1))]
    while len(moments) < _LOOKED_AT and moments[-1].year < _LAST_YEAR:
        moments.append(following(cron(settings), moments[-1]))
    return max((later - earlier).total_seconds() for earlier, later in pairwise(moments))


def access_modes(names: Names, claim: str, site: Site) -> tuple[str, ...]:
    """Return those of a claim; none where it is not there."""
    found = site.get(_ref(names, claim))
    return tuple(found["spec"]["accessModes"]) if found else ()


def _ref(names: Names, claim: str) -> ObjectRef:
    return ObjectRef("v1", "PersistentVolumeClaim", claim, names.namespace)


def schedules(settings: Settings, site: Site, values: RegistryValues, has_reader: bool = False) -> tuple[Schedule, ...]:
    """Return the schedule of a machine without Kubernetes.

    Args:
        values: tell where the images are.
        has_reader: a process of its own serves pulls.
    """
    if not place(settings) or in_cluster(site):
        return ()
    arguments = ("backup", "--scheduled", "--", place(settings))
    order = json.dumps(periods(settings))
    return (Schedule(NAME, cron(settings), beside_images(settings, site, values, has_reader), arguments, order),)


def problems(settings: Settings, site: Site, values: RegistryValues, replicas: int) -> Iterator[Problem]:
    """Tell now what would only fail at night.

    Args:
        settings: the settings.
        site: where the registry goes to.
        values: tell where the images are.
        replicas: how many registries share the work.
    """
    if not place(settings) or any(settings.problems(BACKUP_VARIABLES)):
        # What does not fit is told by its own name.
        return
    daily = RETENTION["days"]
    if settings.integer(daily) < 1:
        yield Problem(f"{TO} takes no backup with {daily}={settings.get(daily)}", "", "set it to 1 day or more")
    if not sees_images(values):
        why = "whoever copies what is in a bucket needs keys for it"
        yield Problem(f"{TO} cannot be kept", why, "set REGISTRY_S3_ACCESS_KEY and REGISTRY_S3_SECRET_KEY")
    if in_cluster(site):
        yield from _claim_problems(settings, Names.of(settings), site, values, replicas)
    else:
        yield from _folder_problems(place(settings), site.layout(COMPONENT, CONTAINER_LAYOUT).data)


def _claim_problems(
    settings: Settings, names: Names, site: Site, values: RegistryValues, replicas: int
) -> Iterator[Problem]:
    what = f"{TO}={place(settings)} is no place for backups"
    wanted = claim(settings)
    if not _CLAIM_NAME.fullmatch(wanted):
        why = f"in a cluster it is the name of a claim, {CLAIM}NAME"
        yield Problem(
            what, why, f"make a claim in the namespace {names.namespace}, and name it: {CLAIM}registry-backup"
        )
    elif values.bucket is None and wanted == (values.text("persistence", "existingClaim") or names.claim.name):
        yield Problem(what, "the images are on that claim, and go with it", "name another one")
    elif site.get(_ref(names, wanted)) is None:
        why = f"there is no such claim in the namespace {names.namespace}, and none is made"
        yield Problem(what, why, "make it, on a storage that is not the images' own")
    elif replicas > 1 and "ReadWriteMany" not in access_modes(names, wanted, site):
        why = f"each of {replicas} registries mounts it, and it is on one node at a time"
        yield Problem(what, why, "name one with the access mode ReadWriteMany")


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
