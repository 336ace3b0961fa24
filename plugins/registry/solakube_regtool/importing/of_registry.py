"""Another registry as an origin, by its API."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from solakube_regtool.importing.origin import Receive
from solakube_regtool.oci.manifest import Descriptor
from solakube_regtool.registry_api.client import RegistryApi, Stored
from solakube_regtool.sources.api import ApiSource

_PIECE = 1 << 20
"""Bytes of a blob that are in memory at a time."""


class _BrokenOffError(Exception):
    """Reading from the origin broke off; it passes through the connection to the target, whose fault it is not."""


class RegistryOrigin:
    """Implements `origin.Origin` over the API.

    Args:
        source: the registry.
    """

    def __init__(self, source: ApiSource) -> None:
        self.source = source
        self._api: RegistryApi = source.api

    def manifest(self, repository: str, digest: str) -> Stored | None:
        """Ask for a manifest."""
        return self._api.manifest(repository, digest)

    def read_blob(self, repository: str, blob: Descriptor, receive: Receive) -> bool:
        """Ask for a blob, and have it received as it comes."""

        def read(response: http.client.HTTPResponse) -> bytes:
            try:
                receive(_pieces(response), response.length)
            except _BrokenOffError as error:
                # It is asked for anew.
                raise error.args[0] from error
            return b""

        return self._api.read_blob(repository, blob.digest, read)

    def referrers(self, repository: str, digest: str) -> Sequence[Mapping[str, Any]]:
        """Ask for what refers to a manifest; a registry that cannot tell has a tag that does."""
        return self._api.referrers(repository, digest) or ()


def _pieces(response: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while piece := response.read(_PIECE):
            yield piece
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenOffError(error) from error
