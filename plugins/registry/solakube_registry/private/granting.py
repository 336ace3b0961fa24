"""Giving namespaces the right to pull from the private registry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solakube_core.plugin import Access, Problem, SolakubeError
from solakube_registry.private.choice import PrivateRegistry
from solakube_registry.private.pull_secret import (
    PULL_SECRET,
    account_ref,
    attached,
    detached,
    foreign,
    marked,
    pull_secret,
    secret_ref,
)

if TYPE_CHECKING:
    from solakube_core.plugin import Engine, Site


@dataclass(frozen=True)
class Granted:
    """One thing done for a namespace.

    Attributes:
        namespace: where.
        object: what it was done to, as KIND/NAME.
        told: it in words, as the end of a sentence that begins with the object.
    """

    namespace: str
    object: str
    told: str

    def __str__(self) -> str:
        return f"{self.namespace}: {self.object.replace('/', ' ')} {self.told}"


Logins = Callable[[], Mapping[str, PrivateRegistry]]
"""Gives the registry with the login of each namespace; called when nothing stands in the way."""


def grant(
    engine: Engine,
    registry: PrivateRegistry,
    namespaces: tuple[str, ...],
    attach: bool,
    take_over: bool = False,
    logins: Logins | None = None,
) -> Iterator[Granted]:
    """Put the pull secret into namespaces; yields each thing done.

    An existing secret is brought up to date in one step, so that there is no moment without it.

    Args:
        attach: let pods of the default service account use it without naming it.
        take_over: overwrite a secret of others, too.
        logins: one for each namespace; None where all have the registry's own.

    Raises:
        SolakubeError: nothing was changed: a namespace or a permission is missing, a secret of that name is others', or
            there is no cluster.
    """
    problems = tuple(_problems(engine.site, registry, namespaces, attach))
    if not problems and not take_over:
        problems = tuple(_others(engine.site, registry, namespaces))
    if problems:
        raise SolakubeError.of(problems)
    found = logins() if logins else dict.fromkeys(namespaces, registry)
    for namespace, login in found.items():
        engine.put([marked(pull_secret(namespace, login))])
        told = f"lets pods pull from {login.fqn} as {login.username}"
        yield Granted(namespace, f"Secret/{PULL_SECRET}", told)
        if attach:
            yield _attach(engine, namespace)


def revoke(
    engine: Engine, registry: PrivateRegistry, namespaces: tuple[str, ...], drop: Callable[[], None]
) -> Iterator[Granted]:
    """Take the right to pull from namespaces; yields each thing done.

    Args:
        drop: takes their users from the registry, and returns when it refuses them.

    Raises:
        SolakubeError: nothing was changed: a permission is missing, a secret of that name is others', or there is no
            cluster.
    """
    problems = tuple(_denied(engine.site, _revoking(namespaces))) or tuple(_others(engine.site, registry, namespaces))
    if problems:
        raise SolakubeError.of(problems)
    drop()
    for namespace in dict.fromkeys(namespaces):
        change = detached(engine.site.get(account_ref(namespace)), namespace)
        if change:
            engine.put([change])
        engine.discard([secret_ref(namespace)])
        yield Granted(
            namespace, f"Secret/{PULL_SECRET}", f"is gone, and its user may not pull from {registry.fqn} any more"
        )


def _revoking(namespaces: tuple[str, ...]) -> Iterator[Access]:
    for namespace in dict.fromkeys(namespaces):
        for verb in ("get", "delete"):
            yield Access(verb, "", "secrets", namespace)
        for verb in ("get", "patch"):
            yield Access(verb, "", "serviceaccounts", namespace)


def _denied(site: Site, needed: Iterable[Access]) -> Iterator[Problem]:
    for access in site.denied(needed):
        yield Problem(f"you may not {access}", "", "have an administrator grant it, or use another context")


def _attach(engine: Engine, namespace: str) -> Granted:
    account = account_ref(namespace)
    change = attached(engine.site.get(account), namespace)
    if change is not None:
        engine.put([change])
    told = "uses it already" if change is None else "uses it from now on"
    return Granted(namespace, f"{account.kind}/{account.name}", told)


def _problems(site: Site, registry: PrivateRegistry, namespaces: tuple[str, ...], attach: bool) -> Iterator[Problem]:
    existing = {entry["metadata"]["name"] for entry in site.list("v1", "Namespace")}
    if not existing:
        yield Problem(
            "there is nothing to grant",
            f"{site.describe()} is no cluster: it has no namespaces and runs no pods",
            f"log in instead: docker login {registry.fqn}",
        )
        return
    if not registry.username:
        yield Problem(
            f"no login is known for {registry.fqn}",
            f"{registry.reason}, but no user name beside it; a registry without a login needs no pull secret",
            "set the user name and the password beside the FQN, or grant nothing",
        )
    for namespace in dict.fromkeys(namespaces):
        if namespace not in existing:
            yield Problem(
                f"there is no namespace {namespace}",
                f"{site.describe()} has: {', '.join(sorted(existing))}",
                f"create it: kubectl create namespace {namespace}",
            )
    yield from _denied(site, _needed(namespaces, attach))


def _others(site: Site, registry: PrivateRegistry, namespaces: tuple[str, ...]) -> Iterator[Problem]:
    for namespace in dict.fromkeys(namespaces):
        live = site.get(secret_ref(namespace))
        if why := foreign(live, registry) if live else "":
            yield Problem(
                f"namespace {namespace} has a Secret {PULL_SECRET} already, and sk did not make it",
                why,
                "rename or remove it; or overwrite it: --take-over",
            )


def _needed(namespaces: tuple[str, ...], attach: bool) -> Iterator[Access]:
    for namespace in dict.fromkeys(namespaces):
        for verb in ("get", "create", "patch"):
            yield Access(verb, "", "secrets", namespace)
        if attach:
            for verb in ("get", "patch"):
                yield Access(verb, "", "serviceaccounts", namespace)
