"""The original's tool, byrnedo/reg-tool, in a pod of its own beside the registry: what it is given, and what it can do.

Source of its arguments, environment and exit codes: https://github.com/byrnedo/docker-reg-tool
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from solakube_core.plugin import Problem, Program, Settings, Site, SolakubeError
from solakube_registry.maintenance.images import REGTOOL_IMAGE, has_original_tool
from solakube_registry.naming import COMPONENT, ORIGINAL_TOOL, USERNAME, Names
from solakube_registry.users.admin import admin_password

SCRIPT = "/docker_reg_tool"

# It writes the login in base64, and base64 begins a new line after so many bytes, which breaks the header.
_LONGEST_LOGIN = 57
# It splits its arguments at blanks, and would expand patterns to the names of files.
_PLAIN = re.compile(r"[\w./:@+-]+", re.ASCII)


def login(settings: Settings, site: Site) -> str:
    """Return what the tool logs in with: its variable BASIC_AUTH."""
    return f"{USERNAME}:{admin_password(settings, site)}"


def problems(settings: Settings, site: Site) -> Iterator[Problem]:
    """Tell what the tool cannot do with these settings."""
    if not has_original_tool(settings, site):
        return
    try:
        size = len(login(settings, site).encode())
    except SolakubeError:
        # Told by whoever asks for the password.
        return
    if size > _LONGEST_LOGIN:
        longest = _LONGEST_LOGIN - len(f"{USERNAME}:")
        yield Problem(
            f"{REGTOOL_IMAGE}: the tool cannot log in with a password of more than {longest} bytes",
            "it breaks the line of the login after them",
            "choose a shorter password, or leave the tool out: `sk registry list` and `delete` need none",
        )


def program(settings: Settings) -> Program:
    """Return the tool; its pod knows the login, by its environment."""
    names = Names.of(settings)
    url = f"http://{names.backend.service}:{names.backend.port}"
    return Program(COMPONENT, SCRIPT, (url,), names.namespace, names.tool_selector, ORIGINAL_TOOL)


def plain(word: str) -> str:
    """Return a repository or tag that the tool takes for one word.

    Raises:
        SolakubeError: it is a pattern, or has characters that no repository and no tag has.
    """
    if not _PLAIN.fullmatch(word) or word.startswith("-"):
        raise SolakubeError(
            f"{word!r} is no repository or tag that reg-tool can be asked for",
            "it takes names as they are, no patterns",
            "`sk registry list` and `sk registry delete` take patterns",
        )
    return word


def meaning(exit_code: int) -> str:
    """Return what it means when the tool ends so; it often says nothing itself."""
    return _MEANINGS.get(exit_code, "by its script, that is the exit code of curl")


_MEANINGS = {
    1: "there is no such tag, or its manifest is of a kind that it does not know, such as an OCI index",
    3: "the registry refused to delete it",
    4: "it has no login for the registry",
    5: "there is no such repository, it has no tags, or the registry refuses the login",
    6: "it could not find the registry's Service by its name",
    7: "the registry does not answer",
}
