"""What Velero is told about the registry's pod: which volume to copy, and what to do before and after."""

from __future__ import annotations

import json

from solakube_registry.manifests.inputs import Inputs
from solakube_registry.naming import CONTAINER_LAYOUT, REGTOOL_CONTAINER

_BACKED_UP = "backup.velero.io/backup-volumes"
_VOLUME = "data"
_LASTS = "4h"
"""As long as Velero waits for a copy, unless told otherwise (its --fs-backup-timeout)."""
_PATIENCE = "5m"
_TIMEOUT = "30m"


def velero_annotations(inputs: Inputs) -> dict[str, str]:
    """Return the pod's annotations for Velero, with those of the values, which win.

    Velero runs the hooks in each pod that mounts the volume, before the copy and when that has ended (its "Backup
    Hooks"; `backupItemBlock` in pkg/backup/backup.go). Where one fails, the copy goes on, and Velero tells of it.
    """
    own = {key: str(value) for key, value in (inputs.value("podAnnotations") or {}).items()}
    volumes = [name.strip() for name in own.get(_BACKED_UP, "").split(",")]
    if inputs.bucket and volumes == [_VOLUME]:
        # There is no such volume.
        del own[_BACKED_UP]
    if inputs.bucket or not inputs.maintenance_image or _VOLUME not in volumes:
        return own
    begin = _hook("pre", f"--for={_LASTS}", f"--patience={_PATIENCE}")
    return {**begin, **_hook("post", "--end"), **own}


def _hook(phase: str, *options: str) -> dict[str, str]:
    program = ("python3", "-m", "solakube_regtool", "--data", CONTAINER_LAYOUT.data)
    told = {
        "container": REGTOOL_CONTAINER,
        "command": json.dumps([*program, "hold", "velero", "--of-host", *options]),
        "on-error": "Continue",
        "timeout": _TIMEOUT,
    }
    return {f"{phase}.hook.backup.velero.io/{key}": value for key, value in told.items()}
