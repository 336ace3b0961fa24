"""A namespace for a moment, that may pull from the registry for as long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from solakube_registry.oci import Login
from solakube_registry.private.choice import PrivateRegistry
from solakube_registry.private.pull_secret import pull_secret
from solakube_registry.private.verify.pod import temporary_namespace

if TYPE_CHECKING:
    from solakube_core.plugin import Engine

Lend = Callable[[str], AbstractContextManager[Login]]
"""Gives a login for a namespace while the context lasts."""


@contextmanager
def granted(engine: Engine, lend: Lend, name: str, host: str, labels: Mapping[str, str] | None = None) -> Iterator[str]:
    """Make a namespace that has the pull secret; at the end it goes, and its login with it.

    Args:
        engine: the cluster.
        lend: gives the login.
        name: of the namespace, and of whose login it is.
        host: of the registry, as images name it.
        labels: of the namespace.
    """
    with lend(name) as login, temporary_namespace(engine, name, labels) as namespace:
        engine.put([pull_secret(namespace, PrivateRegistry(host, login.username, login.password, "it is lent"))])
        yield namespace
