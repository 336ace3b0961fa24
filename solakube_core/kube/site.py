"""Read-only questions about a cluster."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping

from solakube_core.errors import SolakubeError
from solakube_core.kube.client.api import Api
from solakube_core.kube.offers.access import denied
from solakube_core.kube.offers.storage import offer
from solakube_core.model import Access, Layout, Manifest, ObjectRef, StorageOffer

OLDEST = (1, 30)
"""Major and minor version of the oldest Kubernetes that is supported: the first in which a program in a pod can be told
the end of its input, which maintenance needs."""


class KubernetesSite:
    """Implements `solakube_core.engine.Site` for a cluster."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def describe(self, namespace: str = "") -> str:
        """Name cluster and context as the kubeconfig does."""
        return self._api.connection.describe(namespace)

    def check(self) -> None:
        """Make sure that the API server answers, and is not older than we can work with."""
        version = self._api.version()
        if old := too_old(version):
            raise SolakubeError(
                f"{self.describe()} runs Kubernetes {version}",
                old,
                f"upgrade it to {'.'.join(map(str, OLDEST))} or later",
            )

    def get(self, ref: ObjectRef) -> Manifest | None:
        """Return one object, or None where there is none or its kind is unknown."""
        return self._api.get(ref)

    def list(
        self, api_version: str, kind: str, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> tuple[Manifest, ...]:
        """Return all objects of a kind, of every namespace when none is given; none where it is unknown."""
        return tuple(self._api.list_all(api_version, kind, namespace, labels))

    def secret(self, component: str, ref: ObjectRef, key: str) -> str | None:
        """Return a value of a Secret as text; None where it does not exist."""
        del component  # A Secret's own name says whose it is.
        live = self._api.get(ref)
        encoded = (live.get("data") or {}).get(key) if live else None
        try:
            return None if encoded is None else base64.b64decode(encoded).decode()
        except ValueError:
            raise SolakubeError(
                f"{ref} cannot be used", f"its key {key} holds no text (UTF-8)", "correct it, or name another Secret"
            ) from None

    def denied(self, access: Iterable[Access]) -> tuple[Access, ...]:
        """Return those permissions that the current user lacks."""
        return denied(self._api, access)

    def storage(self, claim: ObjectRef) -> StorageOffer:
        """Return the cluster's storage classes and drivers, and the claim if it exists."""
        return offer(self._api, claim)

    def layout(self, component: str, in_container: Layout) -> Layout:
        """Return the layout in the containers: the component's programs run there."""
        del component
        return in_container


def too_old(version: str) -> str:
    """Tell why a Kubernetes is too old; "" where it is not, or does not tell its version in the usual form. Pure."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    if found is None or (int(found[1]), int(found[2])) >= OLDEST:
        return ""
    return "maintenance could not be told there what the cluster needs (an exec whose input ends)"
