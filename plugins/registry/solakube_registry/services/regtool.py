"""The maintenance program beside the registry."""

from __future__ import annotations

import hashlib

from solakube_core.plugin import Layout, Service, Settings
from solakube_registry.maintenance.regtool import METRICS, REGTOOL_PACKAGE, every_process, regtool_files


def regtool_service(settings: Settings, layout: Layout, keeps_files: bool = True, has_reader: bool = False) -> Service:
    """Describe the program, which serves its metrics on the second port after the registry's own.

    Args:
        settings: the registry's port.
        layout: its folders.
        keeps_files: whether the images are in the data folder.
        has_reader: whether somebody may only pull: then it knows of both processes, and keeps their password files.
    """
    port = settings.integer("REGISTRY_PORT") + 2
    content = "\0".join(part for item in sorted(regtool_files().items()) for part in item)
    return Service(
        name="regtool",
        binary="",
        candidates=("python",),
        image="",
        arguments=(
            *("-m", REGTOOL_PACKAGE, "--data", layout.data, "serve", "--listen", f"127.0.0.1:{port}"),
            *("--metrics", f"http://127.0.0.1:{settings.integer('REGISTRY_PORT') + METRICS}"),
            *(("--logins", layout.config, layout.run) if has_reader else ()),
            *(() if keeps_files else ("--elsewhere",)),
        ),
        environment=every_process(settings) if has_reader else {},
        files=(),
        port=port,
        settings=("REGISTRY_PORT",),
        version=hashlib.sha256(content.encode()).hexdigest(),
    )
