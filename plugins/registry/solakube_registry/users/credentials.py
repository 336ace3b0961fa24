"""What the registry must know to tell friend from foe, and its own HTTP secret."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from solakube_regtool.logins.keeping import READER

from solakube_core.plugin import File, NotDeployed, Settings, Site
from solakube_registry.naming import COMPONENT, USERNAME, Names
from solakube_registry.users import admin, declared, htpasswd, passwords, record
from solakube_registry.users.variables import ANONYMOUS_PULL

READER_HTPASSWD = READER
"""Its key in the Secret: the password file of the process that serves pulls."""

KEYS = ("htpasswd", READER_HTPASSWD, record.KEY, "haSharedSecret")
"""Those of all that the registry must know of its users: in the Secret, and as names of files on one machine."""

_HTTP_SECRET_BYTES = 32


@dataclass(frozen=True)
class Credentials:
    """What the registry must know to tell friend from foe.

    Attributes:
        htpasswd: the password file of who may push: the admin, and push users.
        http_secret: signs the state of uploads; the same across restarts, so that they can go on.
        reader_htpasswd: the password file of all who may pull; "" where nobody may do that alone.
        users: the record of the users besides the admin; "" for none.
        version: of the Secret that they were made from; "" where there was none.
        recorded: the record that they were made from.
    """

    htpasswd: str = field(repr=False)
    http_secret: str = field(repr=False)
    reader_htpasswd: str = field(default="", repr=False)
    users: str = field(default="", repr=False)
    version: str = ""
    recorded: str = field(default="", repr=False)

    def data(self) -> dict[str, str]:
        """Return them by their keys in the Secret, the original's for what it had."""
        data = {"htpasswd": self.htpasswd, "haSharedSecret": self.http_secret}
        more = {READER_HTPASSWD: self.reader_htpasswd, record.KEY: self.users}
        return {**data, **{key: text for key, text in more.items() if text}}


def credentials(settings: Settings, names: Names, site: Site) -> Credentials:
    """Return the credentials to deploy, keeping those of an earlier deployment where they still hold.

    Raises:
        SolakubeError: the record of the users, or the admin's password, cannot be read.
    """
    # Before all that is read of it: who changes a user from now on is not overwritten.
    live = site.get(names.secret)
    before = hashes(names, site)
    recorded = site.secret(COMPONENT, names.secret, record.KEY) or ""
    users = record.settled(settings, record.read(recorded), before)
    http_secret = site.secret(COMPONENT, names.secret, "haSharedSecret")
    own = htpasswd.line(before, USERNAME, admin.admin_password(settings, site), passwords.CHOSEN)
    given = {name: declared.password(settings, name) for name in users}
    anonymous = declared.wants(settings, ANONYMOUS_PULL)
    lines = htpasswd.lines(before, own, users, given, anonymous)
    reader = htpasswd.written(lines, users) if anonymous or htpasswd.only_pulls(users.values()) else ""
    return Credentials(
        htpasswd.written(htpasswd.of_writers(lines, users), users),
        http_secret or secrets.token_hex(_HTTP_SECRET_BYTES),
        reader,
        record.written(users),
        live["metadata"].get("resourceVersion", "") if live else "",
        recorded,
    )


def password_files(credentials: Credentials, copied: bool) -> Iterator[File]:
    """Yield what the Secret holds of users, as the files of one machine. Who changes a user is not overwritten.

    Args:
        copied: the processes read copies, without logins whose time is over.
    """
    yield File("htpasswd", credentials.htpasswd, secret=True, reread=True, copied=copied)
    if credentials.reader_htpasswd:
        yield File(READER_HTPASSWD, credentials.reader_htpasswd, secret=True, reread=True, copied=copied)
    # An empty one, too: it tells that nobody was there when a deployment was planned.
    yield File(record.KEY, credentials.users, secret=True, reread=True, replaces=credentials.recorded)


def required_hashes(names: Names, site: Site) -> dict[str, str]:
    """Return the hashes of all users of the deployed registry.

    Raises:
        NotDeployed: there is none.
    """
    found = hashes(names, site)
    if not found:
        raise NotDeployed(COMPONENT, site.describe(names.namespace))
    return found


def hashes(names: Names, site: Site) -> dict[str, str]:
    """Return the hashes of all users of the deployed registry; none where there is none."""
    files = (site.secret(COMPONENT, names.secret, key) for key in ("htpasswd", READER_HTPASSWD))
    return {name: digest for text in files for name, digest in htpasswd.read(text or "").items()}
