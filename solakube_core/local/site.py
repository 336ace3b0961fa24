"""Read-only questions about this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from solakube_core.local.data.folders import folders

if TYPE_CHECKING:
    from solakube_core.model import Access, Layout, Manifest, ObjectRef, StorageOffer
    from solakube_core.settings import Settings


class LocalSite:
    """Implements `solakube_core.engine.Site` for a machine without Kubernetes: it holds no objects."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def describe(self, namespace: str = "") -> str:
        """Name the machine, and the installation on it."""
        del namespace
        return f"this machine (installation {self._settings.cluster})"

    def check(self) -> None:
        """Do nothing: one is always here."""

    def get(self, ref: ObjectRef) -> Manifest | None:
        """Return None."""
        del ref
        return None

    def list(
        self, api_version: str, kind: str, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> tuple[Manifest, ...]:
        """Return nothing."""
        del api_version, kind, namespace, labels
        return ()

    def secret(self, component: str, ref: ObjectRef, key: str) -> str | None:
        """Return the content of a configuration file, named KEY or SECRET.KEY; None where there is none."""
        where = folders(component, self._settings)
        for file in (where.config / key, where.config / f"{ref.name}.{key}", where.lasting / f"{ref.name}.{key}"):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                return file.read_text(encoding="utf-8")
        return None

    def denied(self, access: Iterable[Access]) -> tuple[Access, ...]:
        """Return nothing: no Kubernetes permission is needed."""
        del access
        return ()

    def storage(self, claim: ObjectRef) -> StorageOffer:
        """Tell that there is nothing to choose."""
        from solakube_core.model import StorageOffer

        del claim
        return StorageOffer(sole="a folder of this machine")

    def layout(self, component: str, in_container: Layout) -> Layout:
        """Tell where the component's files are on this machine; in a container they have the same paths."""
        del in_container
        return folders(component, self._settings).layout
