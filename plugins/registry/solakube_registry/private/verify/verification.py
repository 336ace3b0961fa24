"""All steps of a verification, in order."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from solakube_core.plugin import Address, ObjectRef, SolakubeError
from solakube_registry.oci import Login
from solakube_registry.private.verify.exchange import (
    REPOSITORY,
    compare,
    probe_image,
    pushed,
    reachable,
)
from solakube_registry.private.verify.lending import Lend, granted
from solakube_registry.private.verify.pod import Trial, pulling_pod

if TYPE_CHECKING:
    from solakube_core.plugin import Backend, Engine, Progress


@dataclass(frozen=True)
class Step:
    """A step that is over.

    Attributes:
        step: which one.
        done: False where this place has no way to take it.
        told: what was done, or why not.
    """

    step: Literal["login", "push", "pull", "pod", "clean"]
    done: bool
    told: str


@dataclass(frozen=True)
class Verification:
    """Proves that a deployed registry does what it is for.

    Attributes:
        engine: where it is deployed.
        backend: where it answers there.
        address: where users reach it; None when only the engine leads to it.
        login: the user to verify with.
        lend: gives a login for a namespace, while the context lasts, that may do no more than it has to: whoever may
            read Secrets there should not find the admin's.
        namespace: where to run the pod, with the pull secret that is or is not there; "" for a temporary
            namespace that is granted the right.
    """

    engine: Engine
    backend: Backend
    address: Address | None
    login: Login
    lend: Lend
    namespace: str = ""

    def run(self, progress: Progress) -> Iterator[Step]:
        """Take all steps; yields each when it is over, and removes everything it made.

        Raises:
            SolakubeError: a step failed.
        """
        self._check_namespace()
        run = secrets.token_hex(6)
        image = probe_image(run)
        with reachable(self.engine, self.backend, self.address, self.login, progress) as address:
            yield Step("login", True, f"{address.url} asks for a login and lets {self.login.username} in")
            with pushed(address, self.login, run, image):
                yield Step("push", True, f"pushed {REPOSITORY}:{run} ({image.digest})")
                size = compare(address, self.login, run, image)
                yield Step("pull", True, f"pulled it back: all {size} bytes are the same")
                yield self._run_pod(run, progress)
        told = "removed what this verification made; the next garbage collection frees its few kilobytes"
        yield Step("clean", True, told)

    def _run_pod(self, run: str, progress: Progress) -> Step:
        site = self.engine.site
        if not site.list("v1", "Node"):
            return Step("pod", False, f"no pod pulled it: {site.describe()} is no cluster and runs no pods")
        if self.address is None:
            told = "no pod pulled it: the registry is not exposed, so nodes have no name to pull by"
            return Step("pod", False, told)
        name, image = f"solakube-verify-{run}", f"{self.address.host}/{REPOSITORY}:{run}"
        with ExitStack() as stack:
            namespace = self.namespace or stack.enter_context(granted(self.engine, self.lend, name, self.address.host))
            Trial(self.engine, pulling_pod(ObjectRef("v1", "Pod", name, namespace), image)).run(progress)
        return Step("pod", True, f"a pod in namespace {namespace} pulled it as {image} and ran it")

    def _check_namespace(self) -> None:
        if self.namespace and self.engine.site.get(ObjectRef("v1", "Namespace", self.namespace)) is None:
            raise SolakubeError(
                f"there is no namespace {self.namespace}",
                f"{self.engine.site.describe()} does not have it, so no right to pull can be verified there",
                f"create it: kubectl create namespace {self.namespace}",
            )
