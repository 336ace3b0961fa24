"""Two headers of a registry's answers: where the next page is, and how to log in."""

from __future__ import annotations

import re
from typing import NamedTuple

_LINK = re.compile(r"<([^>]*)>([^,<]*)")
_NEXT = re.compile(r';\s*rel\s*=\s*"?(?:[^";]*\s)?next(?:\s[^";]*)?"?\s*(?:;|$)', re.IGNORECASE)
_SCHEME = re.compile(r"\s*,?\s*([A-Za-z][\w.-]*)(?:\s+|\s*$|(?=,))(?!\s*=)")
_PARAMETER = re.compile(r'\s*,?\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


class Challenge(NamedTuple):
    """One way to log in that a server offers.

    Attributes:
        scheme: in lower case, such as "basic" or "bearer".
        parameters: by name in lower case, such as "realm".
    """

    scheme: str
    parameters: dict[str, str]


def next_page(header: str) -> str | None:
    """Give the target of a Link header (RFC 8288) with the relation "next"; None if it has none."""
    for target, parameters in _LINK.findall(header):
        if _NEXT.search(parameters.strip()):
            return str(target)
    return None


def challenges(header: str) -> list[Challenge]:
    """Read a WWW-Authenticate header (RFC 9110, section 11.6.1), also of several challenges.

    What cannot be understood ends the list.
    """
    found: list[Challenge] = []
    position = 0
    while position < len(header):
        parameter = _PARAMETER.match(header, position)
        if parameter and found:
            name, quoted, plain = parameter.groups()
            found[-1].parameters[name.lower()] = plain or re.sub(r"\\(.)", r"\1", quoted or "")
            position = parameter.end()
            continue
        scheme = _SCHEME.match(header, position)
        if not scheme:
            break
        found.append(Challenge(scheme[1].lower(), {}))
        position = scheme.end()
    return found
