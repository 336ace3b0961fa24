"""Running the maintenance program on this machine, over a registry's API."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import click

from solakube_core.plugin import ProcessExecution, Session, Settings, Stdin
from solakube_registry.maintenance.images import is_maintained
from solakube_registry.maintenance.regtool import REGTOOL_PACKAGE, own_values, sees_images
from solakube_registry.naming import USERNAME, Names

BY_API = ("list", "delete", "usage", "fsck")
"""The program's commands that need no data folder."""

INTO_OURS = ("import-images",)
"""The program's commands that run on this machine, and reach the registry that is deployed by its API."""

OF_FOLDER = ("backup-list", "backup-prune", "backup-scratch", "backup-proof")
"""The program's commands that look at backups in a folder of this machine."""

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")

LOGIN_FILES = ("DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR")
"""What tells where the login files of docker, podman and skopeo are."""

# What it takes to run, to trust a certificate, to find docker's login and the way out; no setting of ours.
_PASSED_ON = (
    *("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", *LOGIN_FILES),
    *(*_PROXIES, *map(str.lower, _PROXIES)),
)


def not_empty(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse what a variable that is not set leaves: it means neither the registry deployed here nor all it holds."""
    if value is not None and not value.strip():
        raise click.BadParameter(f"it is empty; give {parameter.make_metavar(context)}, or leave it out")
    return value


url_option: Callable[[Any], Any] = click.option(
    "--url", metavar="URL", callback=not_empty, help="Any other registry, by its API: https://HOST[:PORT]."
)


def start(
    url: str,
    arguments: tuple[str, ...],
    stdin: Stdin,
    username: str,
    password: str,
    more: Mapping[str, str] = MappingProxyType({}),
) -> ProcessExecution:
    """Start the program.

    Args:
        url: the registry's address.
        arguments: command and arguments.
        stdin: its standard input.
        username: "" to look into docker's login file.
        password: never becomes an argument.
        more: what else belongs into its environment.
    """
    environ = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    login = {"REGISTRY_USERNAME": username, "REGISTRY_PASSWORD": password}
    environ.update((name, value) for name, value in {**login, **more}.items() if value)
    # -P: no module of the folder that we happen to be in. That folder stays, for relative paths in the environment.
    command = (sys.executable, "-P", "-m", REGTOOL_PACKAGE, f"--url={url}", "--json", *arguments)
    return ProcessExecution(command, environ, stdin, folder=None)


def start_here(arguments: tuple[str, ...]) -> ProcessExecution:
    """Start the program for what needs no registry at all."""
    environ = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return ProcessExecution((sys.executable, "-P", "-m", REGTOOL_PACKAGE, "--json", *arguments), environ)


def start_elsewhere(settings: Settings, url: str, arguments: tuple[str, ...], stdin: Stdin) -> ProcessExecution:
    """Start the program for any registry, with the login of the settings or of docker."""
    username, password = settings.get("REGISTRY_USERNAME"), settings.get("REGISTRY_PASSWORD")
    return start(url, arguments, stdin, username or "", password or "")


@contextmanager
def started_on_ours(session: Session, arguments: tuple[str, ...], stdin: Stdin) -> Iterator[ProcessExecution]:
    """Start the program for the registry that is deployed, which is reached while the context lasts."""
    from solakube_registry.users.admin import admin_password

    password = admin_password(session.settings, session.engine.site)
    # Whoever names another registry gives its login as for any command with --url.
    source = {f"SOURCE_{name}": session.settings.get(f"REGISTRY_{name}") or "" for name in ("USERNAME", "PASSWORD")}
    more = source if arguments[0] in INTO_OURS else {}
    with session.engine.open(Names.of(session.settings).backend) as url:
        yield start(url, arguments, stdin, USERNAME, password, more)


def keeps_files(session: Session) -> bool:
    """Tell whether the images of the registry that is deployed are files beside it."""
    values = own_values(session.settings)
    return values is None or values.keeps_files


def sees_data(session: Session) -> bool:
    """Tell whether commands look at the images of the registry that is deployed, rather than ask its API."""
    return is_maintained(session.settings, session.engine.site) and sees_images(own_values(session.settings))
