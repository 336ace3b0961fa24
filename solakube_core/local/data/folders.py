"""Where the components of this machine have their files (XDG Base Directory Specification 0.8)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from solakube_core.errors import SolakubeError
from solakube_core.files import expanded
from solakube_core.local.data.notes import moved, remembered
from solakube_core.local.state.records import STATE, TURNS, WANTED
from solakube_core.model import Layout
from solakube_core.model.components import is_component_name
from solakube_core.settings import variable_of

if TYPE_CHECKING:
    from solakube_core.model import File
    from solakube_core.settings import Settings

MADE_BY_SK = ".made-by-solakube"
"""In a data folder: `sk` made it, or found it empty, so it may be removed as a whole."""


@dataclass(frozen=True)
class Folders:
    """The folders of one component of one installation.

    Attributes:
        state: what the supervisor needs and tells, configuration and logs; its owner's alone.
        data: what must not be lost.
    """

    state: Path
    data: Path

    @property
    def config(self) -> Path:
        """The configuration files, secret ones included."""
        return self.state / "config"

    @property
    def run(self) -> Path:
        """Sockets, and copies of files that are kept by a program of the component."""
        return Path(self.layout.run)

    @property
    def lasting(self) -> Path:
        """Files that stay as long as the data does, secret ones included."""
        return self.state.with_name(f"{self.state.name}.lasting")

    def folder_of(self, file: File) -> Path:
        """The folder of a configuration file."""
        return self.lasting if file.lasting else self.config

    @property
    def wanted(self) -> Path:
        """The supervisor's orders: there is one as long as the component is deployed."""
        return self.state / WANTED

    @property
    def lock(self) -> Path:
        """What the run of `sk` has locked that changes the component."""
        return self.state / "sk.lock"

    @property
    def running(self) -> Path:
        """What the supervisor last told."""
        return self.state / STATE

    @property
    def turns(self) -> Path:
        """What the supervisor last told of what runs at set times."""
        return self.state / TURNS

    @property
    def supervisor_log(self) -> Path:
        """What the supervisor itself said."""
        return self.state / "supervisor.log"

    @property
    def layout(self) -> Layout:
        """The same as the component's programs see it."""
        return Layout(str(self.data), str(self.config))

    def log(self, service: str) -> Path:
        """What a service wrote."""
        return self.state / f"{service}.log"


def folders(component: str, settings: Settings) -> Folders:
    """Return the folders of a component.

    Its data lies where COMPONENT_DATA_DIR says, else where it was last, else in the user's data folder; there as well
    if it was elsewhere last and was moved there, as it is with a whole home.

    Raises:
        SolakubeError: COMPONENT_DATA_DIR is no absolute path, or no component can be called so: what is removed with it
            would be more than a component's.
    """
    if not is_component_name(component):
        raise SolakubeError(f"{component!r} cannot be the name of a component", "folders are named after it")
    state = installation(settings) / component
    chosen = _chosen_data(component, settings)
    if chosen is None:
        before, default = remembered(state), _default_data(settings.cluster, component)
        chosen = Path(before) if before and not moved(state, Path(before), default) else default
    return Folders(state, chosen)


def deployed() -> Iterator[tuple[str, str, Folders]]:
    """Give installation, name and folders of every component that any installation of this user has deployed.

    Raises:
        OSError: it cannot be told which there are.
    """
    for place in _inside(_base("XDG_STATE_HOME", ".local/state")):
        for state in deployed_in(place):
            before = ""
            # Whoever reads its records is told what is wrong with them.
            with contextlib.suppress(SolakubeError):
                before = remembered(state)
            data = Path(before) if before else _default_data(place.name, state.name)
            yield place.name, state.name, Folders(state, data)


def deployed_in(place: Path) -> Iterator[Path]:
    """Give the state folder of each component that an installation has deployed, and of those that may be.

    Args:
        place: the folder of its components' states.

    Raises:
        OSError: it cannot be told which there are.
    """
    for state in _inside(place):
        try:
            state.joinpath(WANTED).lstat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            # Its orders cannot be seen: that there are none is not known.
            pass
        yield state


def _inside(folder: Path) -> list[Path]:
    """Return what is in a folder, nothing where there is none. `Path.glob` takes one that may not be read for empty."""
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _default_data(installation: str, component: str) -> Path:
    return _base("XDG_DATA_HOME", ".local/share") / installation / component


def installation(settings: Settings) -> Path:
    """Return the folder in which all components of an installation have their state."""
    return _base("XDG_STATE_HOME", ".local/state") / settings.cluster


def _chosen_data(component: str, settings: Settings) -> Path | None:
    variable = variable_of(component, "DATA_DIR")
    value = settings.get(variable)
    if not value:
        return None
    chosen = expanded(value, variable)
    if not chosen.is_absolute():
        raise SolakubeError(
            f"{variable} is no absolute path: {value}",
            "it would be another folder whenever `sk` is called from somewhere else",
            f"{variable}={Path(value).absolute()}",
        )
    return chosen


def _base(variable: str, default: str) -> Path:
    # A relative path is to be ignored, says the specification.
    chosen = Path(os.environ.get(variable, ""))
    return (chosen if chosen.is_absolute() else _home(variable) / default) / "solakube"


def _home(variable: str) -> Path:
    home = os.environ.get("HOME")
    if home is not None and not Path(home).is_absolute():
        raise SolakubeError(
            f"HOME is no absolute path: {home!r}",
            "it would be another folder whenever `sk` is called",
            f"set HOME or {variable}",
        )
    if not Path.home().is_dir():
        raise SolakubeError(
            f"there is no folder {Path.home()}",
            "it is the home of this user",
            f"set HOME or {variable} to a folder that is there",
        )
    return Path.home()
