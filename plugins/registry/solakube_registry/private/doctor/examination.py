"""Asking all nodes, one after the other, so that none slows another's download."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solakube_core.plugin import Address, Manifest, ObjectRef, SolakubeError
from solakube_registry.oci import Login
from solakube_registry.private.doctor import looking, nodes, pulling
from solakube_registry.private.doctor.ballast import ballast, layer_of
from solakube_registry.private.doctor.checks import Diagnosis, Finding, nothing_known, unknown
from solakube_registry.private.verify.diagnosis import Observation
from solakube_registry.private.verify.exchange import REPOSITORY, probe_image, pushed, reachable
from solakube_registry.private.verify.lending import Lend, granted
from solakube_registry.private.verify.pod import Trial, pulling_pod

if TYPE_CHECKING:
    from solakube_core.plugin import Backend, Engine, Progress

_LONGEST = 600.0
"""Seconds after which no further node is asked: the login that is lent ends by itself a while later."""

_UNASKED = "the nodes before it took ten minutes, which is as long as the login holds that they are asked with"
_NO_IMAGE = "it takes a pod of an image with Python, and REGISTRY_MAINTENANCE_IMAGE=none leaves that out"

Findings = dict[str, Finding]


@dataclass(frozen=True)
class Nodes:
    """The nodes of a cluster, which are asked by pods in a namespace that may pull.

    Attributes:
        engine: the cluster.
        namespace: has the pull secret.
        address: where nodes reach the registry, with the authority of its certificate as far as that is known.
        image: a small one in the registry, to pull.
        blob: path of something bigger in it, to download.
        python: image of the pods that look from a node's network; "" for none.
    """

    engine: Engine
    namespace: str
    address: Address
    image: str
    blob: str
    python: str

    def ask(self, progress: Progress) -> Iterator[Diagnosis]:
        """Ask all nodes in turn; yields each when it has answered, or cannot be asked."""
        began = time.monotonic()
        found = sorted(self.engine.site.list("v1", "Node"), key=lambda node: str(node["metadata"]["name"]))
        for number, node in enumerate(found):
            name, remarks = str(node["metadata"]["name"]), tuple(nodes.remarks(node))
            if why := nodes.obstacle(node):
                yield nothing_known(name, why, remarks=remarks)
            elif time.monotonic() - began > _LONGEST:
                yield nothing_known(name, _UNASKED, "mend what is told of those, and run it again", remarks)
            else:
                yield Diagnosis(name, self._ask(name, number, progress), remarks)

    def _ask(self, node: str, number: int, progress: Progress) -> Findings:
        looked = self._look(node, self._pod(f"look-{number}"), progress)
        pod = pulling_pod(self._pod(f"pull-{number}"), self.image, node)
        pulled = self._run(pod, lambda seen: pulling.findings(seen, self.image), pulling.CHECKS, progress)
        return {**pulled, **looked, "name": pulling.with_names(pulled["name"], looked["name"])}

    def _look(self, node: str, ref: ObjectRef, progress: Progress) -> Findings:
        if not self.python:
            return dict.fromkeys(looking.CHECKS, unknown(_NO_IMAGE))
        pod = looking.looking_pod(ref, node, self.python, self.address, self.blob)
        return self._run(pod, lambda seen: looking.findings(seen, self.address.host), looking.CHECKS, progress)

    def _run(
        self, pod: Manifest, told: Callable[[Observation], Findings], checks: tuple[str, ...], progress: Progress
    ) -> Findings:
        """Run a pod and return what it tells: a cluster that does not have it leaves that unknown."""
        try:
            return told(Trial(self.engine, pod).outcome(progress))
        except SolakubeError as error:
            problem = error.problems[0]
            why = ": ".join(filter(None, (problem.what, problem.why)))
            return dict.fromkeys(checks, unknown(why, problem.remedy))

    def _pod(self, name: str) -> ObjectRef:
        return ObjectRef("v1", "Pod", name, self.namespace)


@dataclass(frozen=True)
class Examination:
    """Tells of each node whether it can pull from a deployed registry.

    Attributes:
        engine: where it is deployed.
        backend: where it answers there.
        address: where nodes reach it.
        login: who may push to it.
        lend: gives a login for a namespace, as for a verification.
        python: as for `Nodes`.
    """

    engine: Engine
    backend: Backend
    address: Address
    login: Login
    lend: Lend
    python: str

    def run(self, progress: Progress) -> Iterator[Diagnosis]:
        """Ask all nodes; yields each when it has answered, and removes everything that was made for it.

        Raises:
            SolakubeError: the registry takes no image to ask them with, or one may not make the namespace.
        """
        site = self.engine.site
        if not site.list("v1", "Node"):
            raise SolakubeError(
                "there is no node to ask", f"{site.describe()} is no cluster", "try the registry: sk registry verify"
            )
        run = secrets.token_hex(6)
        name, filler = f"solakube-doctor-{run}", ballast()
        with (
            reachable(self.engine, self.backend, self.address, self.login, progress) as way,
            pushed(way, self.login, run, probe_image(run)),
            pushed(way, self.login, f"{run}-ballast", filler),
            granted(self.engine, self.lend, name, self.address.host, looking.NETWORK_OF_THE_NODE) as namespace,
        ):
            image = f"{self.address.host}/{REPOSITORY}:{run}"
            blob = f"/v2/{REPOSITORY}/blobs/{layer_of(filler)}"
            yield from Nodes(self.engine, namespace, self.address, image, blob, self.python).ask(progress)
