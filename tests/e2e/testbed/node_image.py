"""The image of a kind node, made here: a Debian with Kubernetes, its own images already inside."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.e2e.testbed import catalog, images, loading
from tests.e2e.testbed.cache import Cache, fingerprint
from tests.e2e.testbed.console import step
from tests.e2e.testbed.errors import TestbedError
from tests.e2e.testbed.process import run, succeeds
from tests.e2e.testbed.versions import KUBERNETES

_REPOSITORY = "solakube-testbed/node"
_CONTAINERD_SECONDS = 30


def ensure(cache: Cache) -> str:
    """The name of the image; built unless Docker has it for these very recipes."""
    empty, inside = catalog.node(cache), catalog.control_plane(cache)
    key = fingerprint(empty.key(), *(recipe.key() for recipe in inside))
    name = f"{_REPOSITORY}:{KUBERNETES}-{key}"
    with cache.locked("node-image"):
        if images.label(name) is None:
            images.ensure(cache, empty)
            names = [images.ensure(cache, recipe) for recipe in inside]
            with step(f"make the node image {name}"):
                _preload(empty.name, names, name)
    return name


def _preload(empty: str, contents: Sequence[str], name: str) -> None:
    """Commit `empty` as `name` with the images `contents` in its containerd."""
    with _containerd(empty) as container:
        # Layers stay packed: an overlay file system cannot be unpacked on the overlay of this container.
        loading.load(contents, container, "--no-unpack")
        entrypoint = run(["docker", "image", "inspect", "-f", "{{json .Config.Entrypoint}}", empty]).strip()
        run(["docker", "commit", "-c", f"ENTRYPOINT {entrypoint}", "-c", "CMD []", container, name])


@contextmanager
def _containerd(image: str) -> Iterator[str]:
    """A container of the node image that runs containerd alone; its identifier."""
    options = ["--privileged", "--tmpfs", "/run", "--entrypoint", "containerd"]
    container = run(["docker", "run", "-d", *options, image]).strip()
    try:
        deadline = time.monotonic() + _CONTAINERD_SECONDS
        while not succeeds(["docker", "exec", container, "ctr", "version"]):
            if time.monotonic() > deadline:
                raise TestbedError(f"containerd does not start in {image}: {run(['docker', 'logs', container])}")
            time.sleep(0.3)
        yield container
    finally:
        run(["docker", "rm", "-f", "-v", container])
