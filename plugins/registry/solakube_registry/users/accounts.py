"""The users of a deployed registry, changed without a deployment and without a restart.

All that the registry knows of its users is in one Secret, so a change is one write: it is made as a whole or not at
all, and refused by the API server where somebody else made one meanwhile. On one machine it is in files, which one run
of `sk` at a time writes. The registry reads its password files anew when they change. A deployment is made only for the
first user who may only pull: the process that serves pulls and the proxy are not there yet.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from solakube_core.plugin import CREATED_ANNOTATION, Address, Manifest, NotDeployed, SolakubeError
from solakube_registry.naming import COMPONENT, FIRST_LOGINS, READER_CONTAINER, USERNAME, Names
from solakube_registry.oci import Login, RegistryClient, Unreachable
from solakube_registry.place import has_reader_here, in_cluster
from solakube_registry.users import htpasswd, record
from solakube_registry.users.admin import SOURCE_ANNOTATION
from solakube_registry.users.credentials import KEYS, READER_HTPASSWD, Credentials, password_files
from solakube_registry.users.record import Users
from solakube_registry.users.user import ANONYMOUS, User
from solakube_registry.users.variables import PULL_USERS

if TYPE_CHECKING:
    from solakube_core.plugin import Engine, Lifecycle, Progress, Session

PATIENCE = 120.0
"""Seconds until a change must have reached the registry: where its pods may not be told of it, the node's own round
takes about a minute."""

_PAUSE = 0.3

_KEPT = (CREATED_ANNOTATION, SOURCE_ANNOTATION)

Edit = Callable[[Users], Users]


@dataclass(frozen=True)
class _Known:
    """What the deployed registry knows of its users.

    Attributes:
        data: its texts by their keys.
        secret: the Secret that has them; None where they are files.
    """

    data: Mapping[str, str] = field(repr=False)
    secret: Manifest | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Accounts:
    """The users of the deployed registry.

    Attributes:
        engine: where it is deployed.
        lifecycle: deploys it again where it lacks the process that serves pulls.
        names: of the installation.
        progress: told what is going on.
    """

    engine: Engine
    lifecycle: Lifecycle
    names: Names
    progress: Progress

    @classmethod
    def of(cls, session: Session) -> Accounts:
        """Return those of the registry that a run of `sk` is about."""
        return cls(session.engine, session.lifecycle, Names.of(session.settings), session.terminal)

    def users(self) -> dict[str, User]:
        """Return the users besides the admin.

        Raises:
            SolakubeError: the registry is not deployed, or the record cannot be read.
        """
        return record.read(self._known().data.get(record.KEY))

    def change(self, edit: Edit, chosen: Mapping[str, str] | None = None) -> None:
        """Change the users, and wait until the registry goes by it.

        Args:
            edit: returns the users as they should be, given as they are.
            chosen: passwords that somebody chose, by user; of the others the made ones hold.

        Raises:
            SolakubeError: `edit` raised it, somebody else made a change meanwhile, or the registry does not go by it in
                time. Running it again is safe.
        """
        known = self._known()
        data = known.data
        before = record.read(data.get(record.KEY))
        users = record.living(edit(before), time.time())
        has_reader = self.has_reader
        changed = _credentials(data, users, chosen or {}, has_reader)
        if changed.data() == data:
            return
        lacks_reader = bool(changed.reader_htpasswd) and not has_reader
        if lacks_reader:
            # Before anything is changed.
            self._require_deployable(users)
        self._write(known, changed)
        if lacks_reader:
            self.progress.say("the first user who may only pull: the registry gets a process of its own for pulls")
            self.lifecycle.carry_out(self.lifecycle.prepare(COMPONENT), self.progress)
        self._await(_expected(before, users, chosen or {}))

    def _known(self) -> _Known:
        site = self.engine.site
        if in_cluster(site):
            found = site.get(self.names.secret)
            if found is None:
                raise NotDeployed(COMPONENT, site.describe(self.names.namespace), f"there is no {self.names.secret}")
            return _Known(_decoded(found), found)
        texts = {key: site.secret(COMPONENT, self.names.secret, key) for key in KEYS}
        if texts["htpasswd"] is None:
            raise NotDeployed(COMPONENT, site.describe())
        return _Known({key: text for key, text in texts.items() if text})

    def _write(self, known: _Known, changed: Credentials) -> None:
        if known.secret is not None:
            self.engine.put([_restated(known.secret, changed)])
        else:
            guarded = replace(changed, recorded=known.data.get(record.KEY, ""))
            self.engine.rewrite(COMPONENT, password_files(guarded, copied=bool(changed.reader_htpasswd)))

    def _require_deployable(self, users: Users) -> None:
        """Make sure that a deployment for the first users who may only pull can be; nothing is changed.

        Raises:
            SolakubeError: something stands in its way.
        """
        if in_cluster(self.engine.site):
            self.lifecycle.prepare(COMPONENT)
            return
        named = ",".join(user.name for user in users.values() if user.may == "pull")
        # Programs and ports are looked for by what asks for the changes.
        self.lifecycle.changes(self.lifecycle.prepare(COMPONENT, {PULL_USERS: named}))

    def require_ends(self) -> None:
        """Make sure that logins can end by themselves.

        Raises:
            SolakubeError: nothing beside the registry would see to it.
        """
        in_pod = any(container["name"] == FIRST_LOGINS for container in self._pod().get("initContainers") or ())
        if not in_pod and not has_reader_here(self.engine.site, self.names):
            raise SolakubeError(
                "no login can end by itself in this registry",
                "that takes what it has where somebody may only pull, as this version of sk deploys it",
                f"deploy it (sk deploy {COMPONENT}) with such users, or do without --grace",
            )

    @property
    def has_reader(self) -> bool:
        """Whether somebody may only pull: the process that serves pulls is there."""
        in_pod = any(container["name"] == READER_CONTAINER for container in self._pod().get("containers", ()))
        return in_pod or has_reader_here(self.engine.site, self.names)

    def _pod(self) -> Mapping[str, Any]:
        deployment = self.engine.site.get(self.names.deployment) or {}
        pod: Mapping[str, Any] = deployment.get("spec", {}).get("template", {}).get("spec", {})
        return pod

    def _await(self, logins: Iterable[tuple[Login, int]]) -> None:
        """Wait until the registry answers each login as it should."""
        wanted = list(logins)
        if not wanted:
            return
        deadline = time.monotonic() + PATIENCE
        with self.engine.open(self.names.backend) as url:
            for login, status in wanted:
                with RegistryClient(Address(url), login) as client:
                    self._await_one(client, login.username, status, deadline)

    def _await_one(self, client: RegistryClient, username: str, status: int, deadline: float) -> None:
        word = "lets in" if status == 200 else "refuses"
        while True:
            try:
                answer = str(client.status())
            except Unreachable as error:
                answer = error.problems[0].what
            if answer == str(status):
                self.progress.say(f"the registry {word} {username}")
                return
            if time.monotonic() > deadline:
                raise SolakubeError(
                    f"the registry does not know yet that it {word} {username}",
                    f"it answers {answer}, not {status}, {PATIENCE:.0f} s after the change was written",
                    "see how its pods are: sk status registry",
                )
            self.progress.now(f"waiting until the registry {word} {username}")
            time.sleep(_PAUSE)


def _credentials(data: Mapping[str, str], users: Users, chosen: Mapping[str, str], has_reader: bool) -> Credentials:
    """Return what the Secret should hold; hashes stay whose passwords do."""
    files = (data.get(READER_HTPASSWD, ""), data["htpasswd"])
    before = {name: digest for text in files for name, digest in htpasswd.read(text).items()}
    lines = htpasswd.lines(before, before[USERNAME], users, chosen, ANONYMOUS in before)
    # As long as its process is there it needs its file, whoever is in it.
    reads = has_reader or ANONYMOUS in before or htpasswd.only_pulls(users.values())
    return Credentials(
        htpasswd.written(htpasswd.of_writers(lines, users), users),
        data["haSharedSecret"],
        htpasswd.written(lines, users) if reads else "",
        record.written(users),
    )


def _expected(before: Users, after: Users, chosen: Mapping[str, str]) -> Iterable[tuple[Login, int]]:
    """Yield what the registry must answer to the logins that changed, as far as their passwords are known."""
    for name, user in before.items():
        if user.password and (name not in after or after[name].password != user.password):
            yield Login(name, user.password), 401
    for name, user in after.items():
        password = chosen.get(name) or user.password
        # When it ends makes no difference until then, which may be now.
        known = name in before and name not in chosen and replace(before[name], ends=user.ends) == user
        if password and not known:
            yield Login(name, password), 200


def _decoded(secret: Manifest) -> dict[str, str]:
    return {key: base64.b64decode(text).decode() for key, text in (secret.get("data") or {}).items()}


def _restated(live: Manifest, credentials: Credentials) -> Manifest:
    """Return the Secret with other content, as a deployment states it; not if somebody changed it meanwhile."""
    metadata = live["metadata"]
    stated = {key: text for key, text in (metadata.get("annotations") or {}).items() if key in _KEPT}
    kept = {key: metadata[key] for key in ("name", "namespace", "resourceVersion")}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {**kept, "labels": metadata.get("labels") or {}, **({"annotations": stated} if stated else {})},
        "type": live["type"],
        "data": {key: base64.b64encode(text.encode()).decode() for key, text in credentials.data().items()},
    }
