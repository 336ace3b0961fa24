"""The admin's password: that of the settings, or of a Secret that others make, such as External or Sealed Secrets.

Such a Secret is read and never written: it is no part of what a deployment makes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field

from solakube_core.plugin import Manifest, ObjectRef, Observation, Problem, Settings, Site, SolakubeError
from solakube_registry.naming import USERNAME, Names
from solakube_registry.place import in_cluster
from solakube_registry.users import htpasswd, passwords

PASSWORD, SECRET_NAME = "REGISTRY_ADMIN_PASSWORD", "REGISTRY_ADMIN_SECRET_NAME"

SOURCE_ANNOTATION = "solakube.io/admin-secret"
"""Names, at the registry's own Secret, the one that the admin's password was taken from."""

# Those of a Secret of the type kubernetes.io/basic-auth.
# Source: https://kubernetes.io/docs/concepts/configuration/secret/#basic-authentication-secret
_USERNAME_KEY, _PASSWORD_KEY = "username", "password"


@dataclass(frozen=True)
class _Found:
    """The password, or why there is none."""

    password: str = field(default="", repr=False)
    problem: Problem | None = None


def secret_name(settings: Settings) -> str:
    """Return the name of the Secret that has the password; "" where the settings have it."""
    return settings.get(SECRET_NAME) or ""


def admin_password(settings: Settings, site: Site) -> str:
    """Return the admin's password; "" where the settings have none.

    Raises:
        SolakubeError: it is to come from a Secret, which has none.
    """
    if not secret_name(settings):
        return settings.get(PASSWORD) or ""
    found = _in_secret(site, _ref(secret_name(settings), Names.of(settings).namespace))
    if found.problem:
        raise SolakubeError.of([found.problem])
    return found.password


def problems(settings: Settings, site: Site) -> Iterator[Problem]:
    """Tell what is wrong with the password; never repeats it."""
    name = secret_name(settings)
    if not name:
        if problem := password_problem(settings.get(PASSWORD) or ""):
            yield problem
        return
    if not in_cluster(site):
        what = f"{SECRET_NAME}={name} has no effect on one machine"
        yield Problem(what, "Secrets are a cluster's", f"set {PASSWORD}")
        return
    if settings.origin(PASSWORD).kind not in ("unset", "default"):
        what = f"the admin's password is named twice: by {PASSWORD} and in the Secret {name}"
        yield Problem(what, "", f"leave out {PASSWORD}, or {SECRET_NAME}")
    if problem := _in_secret(site, _ref(name, Names.of(settings).namespace)).problem:
        yield problem


def password_problem(password: str) -> Problem | None:
    """Tell what is wrong with a password of the settings; never repeats it."""
    if not password:
        return Problem(
            f"{PASSWORD} is not set",
            "the registry has one user, admin, and never runs without a password",
            f'set it in the environment or in variables.sh: export {PASSWORD}="..."; '
            f"or name a Secret that has it: {SECRET_NAME}",
        )
    return passwords.problem(password, PASSWORD)


def observe(live: Manifest, site: Site) -> Observation | None:
    """Tell of a password that was changed and not deployed; None of anything but the registry's Secret."""
    name = (live["metadata"].get("annotations") or {}).get(SOURCE_ANNOTATION, "")
    if not name or live["kind"] != "Secret":
        return None
    digest = htpasswd.read(_decoded(live, "htpasswd")).get(USERNAME, "")
    found = _in_secret(site, _ref(name, live["metadata"]["namespace"]))
    if found.problem:
        return Observation("out of date", f"{found.problem.what}; the registry keeps the password", ready=False)
    if passwords.holds(digest, found.password):
        return None
    detail = f"the admin's password in Secret {name} is another one by now: sk deploy registry"
    return Observation("out of date", detail, ready=False)


def _ref(name: str, namespace: str) -> ObjectRef:
    return ObjectRef("v1", "Secret", name, namespace)


def _in_secret(site: Site, ref: ObjectRef) -> _Found:
    live = site.get(ref)
    make = f"have it made, with the key {_PASSWORD_KEY}: {SECRET_NAME} names it"
    if live is None:
        what = f"the namespace {ref.namespace} has no Secret {ref.name}"
        return _Found(problem=Problem(what, "the admin's password is to come from it", make))
    try:
        username, password = _decoded(live, _USERNAME_KEY), _decoded(live, _PASSWORD_KEY)
    except (UnicodeDecodeError, binascii.Error):
        return _Found(problem=Problem(f"the Secret {ref.name} cannot be used", "it holds no UTF-8 text", make))
    if not password:
        why = f"it has: {', '.join(sorted(live.get('data') or {})) or 'nothing'}"
        return _Found(problem=Problem(f"the Secret {ref.name} has no {_PASSWORD_KEY}", why, make))
    if username not in ("", USERNAME):
        what = f"the Secret {ref.name} has the login of {username}"
        return _Found(problem=Problem(what, f"the user who may do everything is {USERNAME}", make))
    return _Found(password, passwords.problem(password, f"{_PASSWORD_KEY} of the Secret {ref.name}"))


def _decoded(live: Manifest, key: str) -> str:
    return base64.b64decode((live.get("data") or {}).get(key, "")).decode()
