"""What may be wrong with the credentials of a kubeconfig: they are malformed, or the plugin that gives them fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kubernetes.config.config_exception import ConfigException

from solakube_core.errors import SolakubeError
from solakube_core.settings.kubeconfig import Context

_PROVIDERS = ("oidc",)
"""Those of the kubeconfig's old form that the client still has, without libraries that nobody installs with it."""


@contextmanager
def usable() -> Iterator[None]:
    """Turn all that reading a kubeconfig may raise into the error that `sk` shows, a failing plugin included.

    Raises:
        SolakubeError: the kubeconfig is missing, or cannot be used.
    """
    try:
        with _credentials_or_error():
            yield
    except SolakubeError:
        raise
    except (ConfigException, OSError) as error:
        raise _unusable(str(error)) from error
    except Exception as error:
        # The client takes the form of the file for granted, and fails in many ways on any other. Their words may quote
        # the file, which holds credentials.
        raise _unusable("its context, cluster or user has not the form that a kubeconfig's have") from error


def require_login(context: Context) -> None:
    """Make sure that the client can be whom the context names: it would pass over what it does not know.

    Raises:
        ConfigException: it would be nobody, or somebody else.
    """
    if not context.user:
        return
    if context.login is None:
        raise ConfigException(f"it has no user {context.user}, whom the context names")
    if acted := sorted(key for key in context.login if key == "as" or key.startswith("as-")):
        raise ConfigException(
            f"its user {context.user} acts as another ({', '.join(acted)}), which sk cannot: it would act as himself"
        )
    provider = (context.login.get("auth-provider") or {}).get("name")
    if provider and provider not in _PROVIDERS:
        raise ConfigException(
            f"its user {context.user} logs in by the auth-provider {provider}, which there is no more; "
            "a credential plugin (users[].user.exec) takes its place"
        )


def require_server(host: str) -> None:
    """Make sure that the kubeconfig says where its cluster is, and that a login there is not passed over.

    Raises:
        ConfigException: it does not, or there is one.
    """
    # Of what is no URL, a login need not have the form of one, either.
    shown = host.rpartition("@")[2].partition("?")[0]
    if not host.startswith(("https://", "http://")):
        raise ConfigException(f"the server of its cluster is no URL: {shown!r}")
    if "@" in host:
        raise ConfigException(
            f"the URL of its cluster's server ({shown}) has a login, which the client would pass over; "
            "put it into users[].user as username and password"
        )


def with_errors(refresh: Callable[[Any], None] | None) -> Callable[[Any], None] | None:
    """Return the client's hook that renews credentials, so that a plugin that fails is an error here as well."""
    if refresh is None:
        return None

    def refreshed(settings: Any) -> None:
        with _credentials_or_error():
            refresh(settings)
        # The client's own hook has put itself back.
        settings.refresh_api_key_hook = refreshed

    return refreshed


@contextmanager
def _credentials_or_error() -> Iterator[None]:
    """The client logs why a credential plugin gave nothing, and goes on as nobody."""
    complaints = _Complaints(logging.ERROR)
    logging.getLogger().addHandler(complaints)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(complaints)
    if complaints.texts:
        raise SolakubeError(
            "there are no credentials for the cluster",
            f"the credential plugin that the kubeconfig names failed: {complaints.texts[0]}",
            "install it or log in as it asks for, and see users[].user.exec in the kubeconfig",
        )


class _Complaints(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        # On a terminal the plugin writes there itself, and the client stumbles over having nothing to quote.
        self.texts.append("see above" if "NoneType" in text else text)


def _unusable(why: str) -> SolakubeError:
    return SolakubeError(
        "the kubeconfig cannot be used",
        why,
        "name another file by KUBECONFIG or --kubeconfig, or another context by --context",
    )
