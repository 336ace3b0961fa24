"""Real distributions with a plugin, in a folder that Python finds packages in."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from solakube_core.model import PUBLIC


@dataclass(frozen=True)
class Run:
    """What became of a run of `sk`."""

    code: int
    out: str
    err: str


Sk = Callable[..., Run]


def install(site: Path, name: str, source: str, version: str = "0.1.0") -> None:
    """Lay a distribution "solakube-NAME" into a folder as pip does; its one module holds the plugin NAME.

    Args:
        site: a folder of sys.path.
        source: the module's text; `hookimpl`, `Problem` and the names of `solakube_core.model` are there.
    """
    values = ", ".join(name for names in PUBLIC.values() for name in names)
    names = {"solakube_core": "hookimpl", "solakube_core.errors": "Problem", "solakube_core.model": values}
    head = "".join(f"from {module} import {found}\n" for module, found in names.items())
    (site / f"solakube_{name}.py").write_text(head + textwrap.dedent(source))
    info = site / f"solakube_{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: solakube-{name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[solakube]\n{name} = solakube_{name}\n")
