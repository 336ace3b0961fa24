"""Opening the source that a command is asked about."""

from __future__ import annotations

import argparse

from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import names
from solakube_regtool.sources.source import Source


def open_source(options: argparse.Namespace) -> Source:
    """Open what the options name: --url or --data.

    Raises:
        RegtoolError: the URL is none, or the credentials for it cannot be read.
    """
    if options.url:
        from solakube_regtool.sources.api import open_api

        return open_api(options.url)
    from solakube_regtool.sources.data import DataSource

    return DataSource(options.data)


def require_repository(source: Source, name: str) -> str:
    """Return the name of a repository that is there.

    Raises:
        RegtoolError: there is none of this name; it names the nearest, where all can be listed.
    """
    if source.has_repository(names.check_repository(name)):
        return name
    try:
        known = list(source.repositories())
    except RegtoolError:
        known = []
    raise names.unknown("repository", name, known)
