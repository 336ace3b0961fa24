"""What of a URL may be shown: it may hold a password before its host, and keys or signatures in its query."""

from __future__ import annotations

import re

MASK = "***"

_URL = r"([a-z][a-z0-9+.-]*://)((?:(?![a-z][a-z0-9+.-]*://)\S)*)"
_AUTHORITY = r"[^/?#]*"
_HOST = r"(\[[^\]]*\]|[^:]*)(:\d*)?\W*"
"""A host with or without a port (RFC 3986, section 3.2), and what a sentence puts behind it."""
_QUERY = r"\?\S+?(?=[\"'`)\]}>,:;.]*$)"
_LOGIN = r"(?<![^\s\"'`=(\[{<,])[^\s\"'`=(\[{<,/@:]+:[^\s/@]+@(?!sha\d+:)"
"""A login before a host that no scheme tells to be one. An image's tag and digest look much like it."""


def without_secrets(text: str) -> str:
    """Return a text in which each URL is left without its login and its query.

    Whoever wrote a URL down need not have kept to the rules: a password may hold what ends a host's name.
    """
    # Most texts have none, and every line that is told goes through here.
    if "://" in text:
        text = re.sub(_URL, lambda found: found[1] + _open_part(found[2]), text, flags=re.IGNORECASE)
    return re.sub(_LOGIN, f"{MASK}@", text) if "@" in text else text


def _open_part(url: str) -> str:
    """Return what may be shown of a URL behind its scheme."""
    authority = re.match(_AUTHORITY, url)
    host = authority[0] if authority else ""
    if "@" in host:
        url = f"{MASK}@{url[host.rindex('@') + 1 :]}"
    elif "@" in url and not re.fullmatch(_HOST, host):
        # No port is a word: it is a password with a slash in it.
        url = f"{MASK}@{url[url.rindex('@') + 1 :]}"
    return re.sub(_QUERY, f"?{MASK}", url)
