"""Which image looks after the registry, and which one has the original's tool: two settings, once one."""

from __future__ import annotations

from collections.abc import Iterator

from solakube_core.plugin import Problem, Settings, Site, SolakubeError, Variable
from solakube_registry.place import in_cluster

MAINTENANCE_IMAGE, REGTOOL_IMAGE = "REGISTRY_MAINTENANCE_IMAGE", "REGISTRY_REGTOOL_IMAGE"
NONE = "none"

_TAKING = (
    "REGISTRY_GC_SCHEDULE",
    "REGISTRY_BACKUP_TO",
    "REGISTRY_ROTATE_SCHEDULE",
    "REGISTRY_METRICS",
    "REGISTRY_PULL_USERS",
    "REGISTRY_ANONYMOUS_PULL",
)
_NOT_WANTED = ("", "off", "n", "no", "false", "0")

IMAGE_VARIABLES = (
    Variable(MAINTENANCE_IMAGE, "python:3.13-slim", "image of the maintenance container: any Python; or none"),
    Variable(REGTOOL_IMAGE, None, "byrnedo/reg-tool, deployed beside the registry for `sk registry regtool`"),
)


def maintenance_image(settings: Settings) -> str:
    """Return the image that the maintenance program runs in; "" where the user wants none."""
    image = settings.require(REGTOOL_IMAGE if _has_old_meaning(settings) else MAINTENANCE_IMAGE)
    return "" if image == NONE else image


def regtool_image(settings: Settings) -> str:
    """Return the image of the original's tool; "" where there is to be none."""
    return "" if _has_old_meaning(settings) else settings.get(REGTOOL_IMAGE) or ""


def is_maintained(settings: Settings, site: Site) -> bool:
    """Tell whether the maintenance program is beside the images; on one machine it always is."""
    return not in_cluster(site) or bool(maintenance_image(settings))


def has_original_tool(settings: Settings, site: Site) -> bool:
    """Tell whether the original's tool is beside the registry."""
    return in_cluster(site) and bool(regtool_image(settings))


def problems(settings: Settings, site: Site) -> Iterator[Problem]:
    """Tell what takes the maintenance program where the user wants none."""
    if is_maintained(settings, site):
        return
    for name in _TAKING:
        value = settings.get(name) or ""
        if value.lower() not in _NOT_WANTED:
            why = f"it takes the maintenance program, and {MAINTENANCE_IMAGE}={NONE} leaves that out"
            yield Problem(f"{name}={value} cannot be", why, "name an image with Python, or take one of the two out")


def require_maintained(settings: Settings, site: Site) -> None:
    """Make sure that there is the program that users who may only pull take.

    Raises:
        SolakubeError: there is none.
    """
    if not is_maintained(settings, site):
        raise SolakubeError(
            "there are users who may only pull, such as `sk registry grant` makes",
            f"they take the maintenance program, and {MAINTENANCE_IMAGE}={NONE} leaves that out",
            f"set {MAINTENANCE_IMAGE} to an image with Python, or leave it unset",
        )


def notes(settings: Settings, site: Site) -> Iterator[str]:
    """Tell of the setting that has another meaning now, and is still taken as it was meant."""
    if in_cluster(site) and _has_old_meaning(settings):
        yield (
            f"{REGTOOL_IMAGE}={settings.get(REGTOOL_IMAGE)} is taken for the maintenance program's image, as it always "
            f"was: call it {MAINTENANCE_IMAGE} (for an image with the original's tool, whatever its name, set both)"
        )


def _has_old_meaning(settings: Settings) -> bool:
    """Tell whether the image is a Python, as REGISTRY_REGTOOL_IMAGE was to name before there were two settings."""
    image = settings.get(REGTOOL_IMAGE) or ""
    alone = not settings.origin(MAINTENANCE_IMAGE).is_given
    return alone and bool(image) and not _is_called_regtool(image)


def _is_called_regtool(image: str) -> bool:
    name = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    return name.endswith(("reg-tool", "regtool", "reg_tool"))
