"""Logging in at a registry's API: basic authentication, or tokens of an authorization server.

Source of the latter: https://distribution.github.io/distribution/spec/auth/token/
"""

from __future__ import annotations

import json
from urllib.parse import urlencode, urljoin, urlsplit

from solakube_regtool.errors import RegtoolError
from solakube_regtool.http.transport import Answer, Transport, require_as_safe
from solakube_regtool.registry_api.headers import Challenge, challenges
from solakube_regtool.registry_api.login import PASSWORD, USERNAME, Login


class Authorization:
    """Knows what to send along, as soon as the registry has told what it wants.

    Args:
        transport: for asking for tokens.
        url: the registry's address.
        login: who asks; None for nobody.
    """

    def __init__(self, transport: Transport, url: str, login: Login | None) -> None:
        self._transport, self._url, self._login = transport, url, login
        self._basic = ""
        self._tokens: dict[str, str] = {}

    def header(self, area: str) -> dict[str, str]:
        """Give the headers for a request.

        Args:
            area: what one token is good for; requests of one area need the same rights.
        """
        value = self._tokens.get(area) or self._basic
        return {"Authorization": value} if value else {}

    def learn(self, refusal: Answer, area: str) -> None:
        """Learn from an answer of status 401 what to send; the request can be repeated then.

        Raises:
            RegtoolError: there is no way to log in.
        """
        offered = {found.scheme: found for found in challenges(refusal.headers.get("www-authenticate", ""))}
        if "bearer" in offered:
            self._tokens[area] = self._token(offered["bearer"])
        elif "basic" in offered and self._login:
            self._basic = self._login.basic()
        else:
            raise self.refused(refusal)

    def refused(self, refusal: Answer) -> RegtoolError:
        """Return the error for a login that does not hold; it does not name the password."""
        if self._login is None:
            hint = f"set {USERNAME} and {PASSWORD}, or `docker login` there"
            return RegtoolError(f"{self._url} wants a login", refusal.explanation(), hint)
        return RegtoolError(
            f"{self._url} does not let {self._login.username} do this",
            refusal.explanation(),
            f"check the user name and the password: {USERNAME} and {PASSWORD}, else docker's login file",
        )

    def _token(self, challenge: Challenge) -> str:
        realm = require_as_safe(self._url, urljoin(self._url, challenge.parameters.get("realm", "")))
        wanted: dict[str, str] = {
            name: challenge.parameters[name] for name in ("service", "scope") if name in challenge.parameters
        }
        url = f"{realm}{'&' if urlsplit(realm).query else '?'}{urlencode(wanted)}"
        headers = {"Authorization": self._login.basic()} if self._login else {}
        try:
            answer = self._transport.send("GET", url, headers)
        except RegtoolError as error:
            raise RegtoolError(
                f"{self._url} has its logins checked by another server, and {error.what}",
                error.why,
                "its owner knows more; the server's address is in the registry's configuration (auth.token.realm)",
            ) from error
        try:
            document = json.loads(answer.body) if answer.status == 200 else {}
            token = document.get("token") or document.get("access_token")
        except (ValueError, AttributeError):
            token = None
        if not token:
            raise self.refused(answer)
        return f"Bearer {token}"
