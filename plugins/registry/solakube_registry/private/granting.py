"""Giving namespaces the right to pull from the private registry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solakube_core.plugin import Access, Problem, SolakubeError
from solakube_registry.private.choice import PrivateRegistry
from solakube_registry.private.pull_secret import (
    PULL_SECRET,
    account_ref,
    attached,
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


def grant(
    engine: Engine, registry: PrivateRegistry, namespaces: tuple[str, ...], attach: bool, take_over: bool = False
) -> Iterator[Granted]:
    """Put the pull secret into namespaces; yields each thing done.

    An existing secret is brought up to date in one step, so that there is no moment without it.

    Args:
        attach: let pods of the default service account use it without naming it.
        take_over: overwrite a secret of others, too.

    Raises:
        SolakubeError: nothing was changed: a namespace or a permission is missing, a secret of that name is others', or
            there is no cluster.
    """
    problems = tuple(_problems(engine.site, registry, namespaces, attach))
    if not problems and not take_over:
        problems = tuple(_others(engine.site, registry, namespaces))
    if problems:
        raise SolakubeError.of(problems)
    for namespace in dict.fromkeys(namespaces):
        engine.put([marked(pull_secret(namespace, registry))])
        told = f"lets pods pull from {registry.fqn} as {registry.username}"
        yield Granted(namespace, f"Secret/{PULL_SECRET}", told)
        if attach:
            yield _attach(engine, namespace)


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
    for access in site.denied(_needed(namespaces, attach)):
        yield Problem(f"you may not {access}", "", "have an administrator grant it, or use another context")


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
