"""A deployed registry for what changes its users: a Secret as an API server keeps it, and a server that reads it."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import bcrypt
from solakube_registry.naming import READER_CONTAINER
from solakube_registry.users import htpasswd
from solakube_registry.users.accounts import Accounts

from solakube_core.engine import Engine
from solakube_core.errors import SolakubeError
from solakube_core.lifecycle import Lifecycle
from solakube_core.model import Backend, Manifest, ObjectRef, Plan
from solakube_core.testing import Place
from tests.loopback import LoopbackServer, QuietHandler, serving
from tests.unit.exposure.places import NAMES
from tests.unit.users.test_front import made, planned, secret


@dataclass
class Cluster:
    """An engine and a lifecycle: it holds objects, refuses what is out of date, and answers `/v2/` by password files.

    Attributes:
        objects: by what they are.
        deployments: how often it was deployed.
        pairs: logins that the server was shown.
    """

    objects: dict[ObjectRef, Manifest] = field(default_factory=dict)
    deployments: int = 0

    @classmethod
    def deployed(cls, **values: str) -> Cluster:
        """Deploy a registry."""
        cluster = cls()
        cluster._hold(planned(**values))
        return cluster

    @property
    def accounts(self) -> Accounts:
        """Its users."""
        return Accounts(cast(Engine, self), cast(Lifecycle, self), NAMES, cast(Any, self))

    @property
    def site(self) -> Place:
        """Its objects, as they are now."""
        return Place(tuple(self.objects.values()))

    @property
    def secret(self) -> dict[str, str]:
        """What the registry's Secret holds."""
        data = self.objects[NAMES.secret]["data"]
        return {key: base64.b64decode(text).decode() for key, text in data.items()}

    def put(self, objects: Iterable[Manifest], component: str = "") -> None:
        for wanted in objects:
            ref = ObjectRef.of(wanted)
            version = self.objects[ref]["metadata"]["resourceVersion"] if ref in self.objects else ""
            if wanted["metadata"].get("resourceVersion", version) != version:
                raise SolakubeError(f"{ref} was changed meanwhile")
            self._keep(wanted)

    def discard(self, refs: Iterable[ObjectRef]) -> None:
        for ref in refs:
            self.objects.pop(ref, None)

    def prepare(self, component: str) -> Plan:
        return planned(self.objects[NAMES.secret])

    def carry_out(self, plan: Plan, progress: object) -> None:
        self.deployments += 1
        self._hold(plan)

    @contextlib.contextmanager
    def open(self, backend: Backend) -> Iterator[str]:
        cluster = self

        class Handler(QuietHandler):
            def do_GET(self) -> None:
                self.send_response(200 if cluster.lets_in(self.headers.get("Authorization", "")) else 401)
                self.send_header("Content-Length", "0")
                self.end_headers()

        with serving(LoopbackServer(Handler)) as server:
            yield server.url

    def lets_in(self, authorization: str) -> bool:
        """Answer as the process does that `/v2/` is asked of: the one that knows everybody."""
        name, _, password = base64.b64decode(authorization.partition(" ")[2]).decode().partition(":")
        digest = htpasswd.read(self.secret.get("htpasswd-reader", self.secret["htpasswd"])).get(name, "")
        return bool(digest) and bcrypt.checkpw(password.encode(), digest.encode())

    def say(self, line: str) -> None:
        del line

    def now(self, line: str) -> None:
        del line

    @property
    def has_reader(self) -> bool:
        """Whether the process that serves pulls is deployed."""
        containers = self.objects[NAMES.deployment]["spec"]["template"]["spec"]["containers"]
        return READER_CONTAINER in [container["name"] for container in containers]

    def _hold(self, plan: Plan) -> None:
        self.put([secret(plan), made(plan, "Deployment", NAMES.deployment.name)])

    def _keep(self, wanted: Manifest) -> None:
        ref = ObjectRef.of(wanted)
        before = self.objects.get(ref, {"metadata": {"resourceVersion": "0"}})
        version = str(int(before["metadata"]["resourceVersion"]) + 1)
        self.objects[ref] = {**wanted, "metadata": {**wanted["metadata"], "resourceVersion": version}}
