"""The part of a verification that any client of the registry can do: log in, push, pull back, compare."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from solakube_core.plugin import Address, SolakubeError
from solakube_registry.oci import (
    Image,
    Login,
    RegistryClient,
    Unreachable,
    delete_image,
    image,
    index,
    layer,
    pull_image,
    push_image,
)
from solakube_registry.private.verify.executable import ARCHITECTURES, exit_zero

if TYPE_CHECKING:
    from solakube_core.plugin import Backend, Engine, Progress

REPOSITORY = "solakube/verify"
"""Where verifications push to; always the same, so that no more than one empty name stays."""

_PROGRAM = "exit-zero"


def probe_image(run: str) -> Image:
    """Return an image for all architectures that runs and ends with exit code 0.

    Args:
        run: makes the image unlike all before it, so that no layer is left out of the push because it is
            there already, and no node can take it from its own store.
    """
    return index(
        {
            architecture: image(
                [layer({_PROGRAM: exit_zero(architecture), "run": run.encode()})],
                architecture,
                [f"/{_PROGRAM}"],
            )
            for architecture in ARCHITECTURES
        }
    )


def check_login(address: Address, login: Login) -> None:
    """Make sure that the registry lets this user in and nobody else.

    Raises:
        Unreachable: the registry does not answer.
        SolakubeError: it does not ask for a login, or refuses this one.
    """
    with RegistryClient(address, None) as anybody:
        status = anybody.status()
    if status != 401:
        raise SolakubeError(
            f"{address.url} lets everybody in",
            f"it answered {status}, not 401, to a request without a password",
            "deploy the registry again; if that does not help, something else answers at this address",
        )
    with RegistryClient(address, login) as user:
        status = user.status()
    if status != 200:
        raise SolakubeError(
            f"{address.url} does not let {login.username} in",
            f"it answered {status} to the password of the settings",
            "deploy the registry again after a change of the admin's password; it takes up to a minute until "
            "the kubelet has brought it to the pod",
        )


@contextmanager
def reachable(
    engine: Engine, backend: Backend, address: Address | None, login: Login, progress: Progress
) -> Iterator[Address]:
    """Yield the address that users use or, where this machine cannot reach it, a forwarded one.

    Args:
        engine: where the registry is deployed.
        backend: where it answers there.
        address: where users reach it; None when only the engine leads to it.
        login: must be let in.
        progress: told of a forward.

    Raises:
        SolakubeError: as `check_login`.
    """
    with ExitStack() as stack:
        try:
            if address:
                check_login(address, login)
        except Unreachable as cause:
            progress.say(f"{cause.problems[0].what} ({cause.problems[0].why}): going through a forward")
            address = None
        if address is None:
            address = Address(stack.enter_context(engine.open(backend)))
            check_login(address, login)
        yield address


@contextmanager
def pushed(address: Address, login: Login, tag: str, content: Image) -> Iterator[None]:
    """Push an image, and delete it again at the end, also when the push broke off half-way.

    Raises:
        SolakubeError: the registry refused a part.
    """
    try:
        with RegistryClient(address, login) as client:
            push_image(client, REPOSITORY, tag, content)
        yield
    except BaseException:
        # What went wrong first is what the user must read, not that the cleaning up failed as well.
        with suppress(SolakubeError):
            _delete(address, login, content)
        raise
    _delete(address, login, content)


def _delete(address: Address, login: Login, content: Image) -> None:
    with RegistryClient(address, login) as client:
        delete_image(client, REPOSITORY, content)


def compare(address: Address, login: Login, tag: str, content: Image) -> int:
    """Pull an image back and compare it byte for byte.

    Returns:
        The number of bytes compared.

    Raises:
        SolakubeError: something is missing or differs.
    """
    with RegistryClient(address, login) as client:
        received = pull_image(client, REPOSITORY, tag)
    if received != content:
        raise SolakubeError(
            f"{address.url} gave back another image than was pushed",
            f"pushed {content.digest}, pulled {received.digest}",
            "a cache or a proxy in front of the registry may answer in its place; `sk registry fsck --deep` "
            "checks the registry itself",
        )
    return _size(content)


def _size(content: Image) -> int:
    parts = (content.manifest, *content.blobs)
    return sum(len(part.data) for part in parts) + sum(_size(child) for child in content.children)
