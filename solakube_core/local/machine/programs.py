"""How a service's program can be run here: an executable, or a container of a Docker engine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from solakube_core.errors import SolakubeError
from solakube_core.files import expanded

if TYPE_CHECKING:
    from solakube_core.engine import Progress
    from solakube_core.model import Layout, Service

PYTHON = "python"
"""Stands for the interpreter that runs this: it has the plugins' modules."""

_DOCKER_TIMEOUT = 15.0
_TOLD_TIMEOUT = 30.0
_SHOWN = 200
_DOCKER_VARIABLES = (
    "XDG_RUNTIME_DIR",
    "DOCKER_HOST",
    "DOCKER_CONFIG",
    "DOCKER_CONTEXT",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
)
_OWN_VARIABLES = ("PATH", "HOME", "LANG", "TMPDIR", "XDG_RUNTIME_DIR")
_PLAIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SERVERS_PATH = "/usr/local/sbin:/usr/sbin:/sbin"
"""Where distributions put servers, and what no PATH of a user names who is not root."""


@dataclass(frozen=True)
class Runnable:
    """A service's program, ready to be run.

    Attributes:
        command: keeps it up.
        once: runs it once, with arguments that are appended.
        cleanup: removes what an earlier run left; () where nothing can be left.
        described: what it is, in words.
        environment: all of it.
        version: changes when the program is replaced.
        told: the version that it told; "" where it was not asked.
        image: the container image that has to be there; "" for an executable.
    """

    command: tuple[str, ...]
    once: tuple[str, ...]
    cleanup: tuple[str, ...]
    described: str
    environment: Mapping[str, str]
    version: str
    image: str = ""
    told: str = ""


def find(service: Service, layout: Layout, name: str) -> Runnable:
    """Find the way to run a service: the executable that was chosen, one on PATH, a container.

    Args:
        layout: the folders it works on.
        name: for its container.

    Raises:
        SolakubeError: there is no way; it names all of them.
    """
    if service.candidates == (PYTHON,):
        return _as_process(service, *interpreter())
    executable = _chosen(service) if service.binary else _on_path(service)
    if executable:
        return _as_process(service, executable)
    docker = shutil.which("docker") if service.image else None
    if docker and _answers(docker):
        return _as_container(service, layout, name, docker)
    raise _missing(service, docker)


def interpreter() -> tuple[str, ...]:
    """Return the command that `PYTHON` stands for."""
    return (sys.executable,)


def own_environment() -> dict[str, str]:
    """Return the part of our environment that our own programs get: no setting, and above all no password."""
    return _taken(_OWN_VARIABLES)


def plain_environment() -> dict[str, str]:
    """Return what a program gets whatever shell deployed it: it must not be started anew because PATH differs."""
    return {"PATH": _PLAIN_PATH, **_taken(("HOME",))}


def provide_image(image: str, progress: Progress, timeout: float) -> None:
    """Make sure that the Docker engine has an image.

    Args:
        timeout: seconds until giving up.

    Raises:
        SolakubeError: it cannot be pulled.
    """
    if subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False).returncode == 0:
        return
    progress.now(f"pulling {image}")
    command = ["docker", "pull", "--quiet", image]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout)
        why = done.stderr.strip()[-500:] if done.returncode else ""
    except subprocess.TimeoutExpired:
        why = f"it took longer than {timeout:.0f} s"
    if why:
        raise SolakubeError(f"the image {image} cannot be pulled", why, f"`docker pull {image}` must succeed")


def _chosen(service: Service) -> str:
    program = expanded(service.binary, _variable(service))
    path = shutil.which(program)
    if path:
        return str(Path(path).absolute())
    raise SolakubeError(
        f"{service.binary} cannot be run",
        "it is not executable" if program.exists() else "there is no such file, and no such program on PATH",
        f"correct {_variable(service)}, or take it away: then the program is looked for",
    )


def _on_path(service: Service) -> str | None:
    found = (shutil.which(name) or shutil.which(name, path=_SERVERS_PATH) for name in service.candidates)
    return next((str(Path(path).absolute()) for path in found if path), None)


def _as_process(service: Service, executable: str) -> Runnable:
    status = Path(executable).stat()
    return Runnable(
        command=(executable, *service.arguments),
        once=(executable,),
        cleanup=(),
        described=executable,
        environment={**plain_environment(), **service.environment},
        version=f"{status.st_size}/{status.st_mtime_ns}",
        told=_told_version(service, executable) if service.told else "",
    )


def _told_version(service: Service, executable: str) -> str:
    """Ask a program what it is: another one must not take the place of one that works."""
    try:
        done = subprocess.run(
            [executable, "--version"], env=plain_environment(), cwd="/", stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace", check=False, timeout=_TOLD_TIMEOUT,
        )  # fmt: skip
        said = f"{done.stdout}\n{done.stderr}".strip()
    except subprocess.TimeoutExpired:
        said = f"no answer within {_TOLD_TIMEOUT:.0f} s"
    except OSError as error:
        said = str(error)
    found = re.search(service.told, said)
    if found is None:
        raise SolakubeError(
            f"{executable} is not what {service.name} needs" + (f": {service.needs}" if service.needs else ""),
            f"`{executable} --version` said: {said[:_SHOWN] or 'nothing'}",
            f"correct {_variable(service)}" if service.binary else f"correct PATH, or set {_variable(service)}",
        )
    return found[1]


def _variable(service: Service) -> str:
    return service.settings[0] if service.settings else "the setting"


def _as_container(service: Service, layout: Layout, name: str, docker: str) -> Runnable:
    run = [docker, "run", "--rm", "--entrypoint", service.candidates[0], *_owner(docker)]
    for folder in (layout.data, layout.config):
        run += ["--mount", _mount(folder)]
    given = {**service.environment, **service.container_environment}
    own = {**plain_environment(), **_taken(_DOCKER_VARIABLES)}
    # Docker takes the values from its own environment, since a command line is everybody's to read. What it needs
    # for itself under the same name holds no secret.
    for variable, value in given.items():
        run += ["--env", f"{variable}={value}" if variable in own else variable]
    listen = f"[{service.listen}]" if ":" in service.listen else service.listen
    published = [f"--publish={listen}:{service.port}:{service.port}"] if service.port else []
    published += [f"--publish=127.0.0.1:{port}:{port}" for port in service.more_ports]
    return Runnable(
        command=(*run, "--name", name, *published, service.image, *service.arguments, *service.container_arguments),
        once=(*run, "--network=none", service.image),
        cleanup=(docker, "rm", "--force", name),
        described=f"container {name} of {service.image}",
        environment={**given, **own},
        version="",
        image=service.image,
    )


def _owner(docker: str) -> tuple[str, ...]:
    """Let the data belong to the user; a rootless Docker engine does that by itself."""
    command = [docker, "info", "--format", "{{.SecurityOptions}}"]
    known = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_DOCKER_TIMEOUT)
    return () if "rootless" in known.stdout else ("--user", f"{os.getuid()}:{os.getgid()}")


def _mount(folder: str) -> str:
    """Return the same path inside and outside, as a line of CSV: Docker splits it at commas."""
    import csv
    import io

    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(["type=bind", f"source={folder}", f"target={folder}"])
    return line.getvalue()


def _answers(docker: str) -> bool:
    try:
        done = subprocess.run([docker, "version"], capture_output=True, check=False, timeout=_DOCKER_TIMEOUT)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _taken(names: Iterable[str]) -> dict[str, str]:
    return {name: os.environ[name] for name in names if name in os.environ}


def _missing(service: Service, docker: str | None) -> SolakubeError:
    names = " or ".join(f"`{name}`" for name in service.candidates)
    variable = service.settings[0] if service.settings else ""
    if not service.image:
        remedy = f"install it, or set {variable} to its path" if variable else "install it"
        return SolakubeError(f"there is no program for {service.name}", f"it takes {service.needs or names}", remedy)
    engine = "the Docker engine does not answer" if docker else "there is no Docker"
    ways = [f"install {names}", "start Docker"]
    return SolakubeError(
        f"there is no program for {service.name}",
        f"neither {names} is on PATH, and {engine} to run {service.image}",
        "; or ".join([*([f"set {variable} to its path"] if variable else []), *ways]),
    )
