"""Where the admin's password has gone: pull secrets that an older `sk` wrote hold it."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from solakube_core.plugin import Manifest, ObjectRef, Observation, Site, SolakubeError
from solakube_registry.naming import USERNAME
from solakube_registry.private.pull_secret import logins_in, pull_secrets


def observe(live: Manifest, site: Site) -> Observation | None:
    """Tell of namespaces that have the admin's password; None of anything but the registry's Secret, and of none."""
    ref = ObjectRef.of(live)
    digest = _admins_hash(live) if ref.kind == "Secret" else ""
    if not digest:
        return None
    try:
        found = list(_holding(digest, ref.namespace, site))
    except SolakubeError as error:
        what = error.problems[0].what
        return Observation("not seen", f"whether other namespaces have the admin's password cannot be seen: {what}")
    if not found:
        return None
    told = "namespace" if len(found) == 1 else "namespaces"
    remedy = f"sk registry grant --renew {' '.join(found)}"
    return Observation("handed out", f"{told} {', '.join(found)} may do everything: {remedy}", ready=False)


def _admins_hash(secret: Manifest) -> str:
    from solakube_registry.users import htpasswd

    text = base64.b64decode((secret.get("data") or {}).get("htpasswd", "")).decode()
    return htpasswd.read(text).get(USERNAME, "")


def _holding(digest: str, own: str, site: Site) -> Iterator[str]:
    # Imported here: the library is not needed where no namespace has such a Secret.
    from solakube_registry.users import passwords

    for namespace, live in pull_secrets(site):
        logins = logins_in(live) if live and namespace != own else ()
        if any(login.username == USERNAME and passwords.holds(digest, login.password) for login in logins):
            yield namespace
