"""Print what a release brings: its section of CHANGELOG.md.

    python -m release.notes v1.2.3

Fails where the tag is not the version that the packages have, or the changelog has no section of it: so nothing is
published under a wrong name.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from solakube_core.version import __version__

_CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"


class Unfit(Exception):
    """The tag cannot be released; the text says why and what to do."""


def notes(tag: str, changelog: str, version: str = __version__) -> str:
    """Return a version's section of the changelog, without its heading.

    Args:
        tag: as "v1.2.3".
        changelog: text by keepachangelog.com, newest version first.
        version: what the packages call themselves.

    Raises:
        Unfit: see above.
    """
    if tag != f"v{version}":
        raise Unfit(
            f"the tag is {tag}, but solakube_core/version.py says {version}: tag v{version}, or change it there"
        )
    sections = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    found = [text for text in sections if re.match(rf"\[?{re.escape(version)}\]?(\s|$)", text)]
    if not found:
        raise Unfit(f"CHANGELOG.md has no section {version}: name the one of what is unreleased so, with its date")
    return found[0].partition("\n")[2].strip() + "\n"


if __name__ == "__main__":
    try:
        sys.stdout.write(notes(sys.argv[1], _CHANGELOG.read_text(encoding="utf-8")))
    except (IndexError, Unfit) as error:
        sys.exit(str(error) if isinstance(error, Unfit) else f"usage: python -m release.notes TAG\n{__doc__}")
