"""Importing images: each with what belongs to it, and its tag when all of that is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from solakube_regtool.errors import RegtoolError, Unanswered
from solakube_regtool.http.parallel import Once
from solakube_regtool.importing.attached import Attached, Attachments, tell_by_tag
from solakube_regtool.importing.copying import Copying
from solakube_regtool.importing.origin import Origin
from solakube_regtool.oci import names
from solakube_regtool.registry_api.client import RegistryApi


class Imported(NamedTuple):
    """What came of a tag, or of a manifest that belongs to an image.

    Attributes:
        image: REPO:TAG, or REPO@DIGEST.
        digest: what the tag points to; "" where that cannot be told.
        done: "made", "set" for a tag that pointed elsewhere, "there", or why it cannot be imported.
        error: why not; None where it is imported.
    """

    image: str
    digest: str
    done: str
    error: RegtoolError | None = None

    @property
    def unanswered(self) -> bool:
        """Whether one of the registries did not answer: then others will not be imported either."""
        return isinstance(self.error, Unanswered)


class Images:
    """Imports images. Any number of threads may share it; several runs beside each other do no harm.

    Args:
        origin: where from.
        target: where to.
        dry_run: only look what would be done.

    Attributes:
        copying: has the figures.
    """

    def __init__(self, origin: Origin, target: RegistryApi, dry_run: bool) -> None:
        self.copying = Copying(origin, target, dry_run)
        self._origin, self._target, self._dry_run = origin, target, dry_run
        self._attachments = Attachments(origin)
        # What belongs to an image is a tag of its own besides: whoever comes first sets it.
        self._set: Once[tuple[str, Attached], Imported] = Once(self._set_tag)

    def take_in(self, place: tuple[str, str]) -> list[Imported]:
        """Import a tag, given by repository and name, and what belongs to its image; the tag itself is told last."""
        repository, name = place
        try:
            names.check_repository(repository)
            names.check_tag(name)
            tag = self._origin.source.tag(repository, name)
            if tag is None:
                raise RegtoolError("where the tag points cannot be read, or is not there")
            keys = self.copying.tree(repository, tag.digest)
        except RegtoolError as error:
            return [_failed(f"{repository}:{name}", "", error)]
        # Whoever admits signed images alone finds no moment in which they are not.
        return [*self._belonging(repository, keys), self._set((repository, Attached(tag.digest, name)))]

    def _belonging(self, repository: str, keys: frozenset[bytes]) -> Iterator[Imported]:
        """Import what belongs to manifests, and what belongs to that, however deep."""
        seen, waiting, tags = set(keys), list(keys), list[Attached]()
        while waiting:
            key = waiting.pop()
            try:
                found = list(self._attachments.of(repository, key))
            except RegtoolError as error:
                yield _failed(repository, "", error)
                continue
            for one in found:
                try:
                    more = self.copying.tree(repository, one.digest) - seen
                except RegtoolError as error:
                    yield _failed(_named(repository, one), one.digest, error)
                    continue
                seen |= more
                waiting.extend(more)
                tags += [one] if one.tag else []
        for one in reversed(tags):
            yield self._set((repository, one))
        yield from self._told_by_tags(repository, seen)

    def _told_by_tags(self, repository: str, keys: set[bytes]) -> Iterator[Imported]:
        for key in () if self._dry_run else keys:
            try:
                tell_by_tag(self._origin, self._target, repository, key)
            except RegtoolError as error:
                yield _failed(repository, "", error)

    def _set_tag(self, wanted: tuple[str, Attached]) -> Imported:
        repository, one = wanted
        image = _named(repository, one)
        try:
            before = self._target.digest_of(repository, one.tag)
            if before != one.digest and not self._dry_run:
                self._target.put_manifest(repository, one.tag, self.copying.read(repository, one.digest))
        except RegtoolError as error:
            return _failed(image, one.digest, error)
        return Imported(image, one.digest, "there" if before == one.digest else "set" if before else "made")


def _named(repository: str, one: Attached) -> str:
    return f"{repository}:{one.tag}" if one.tag else f"{repository}@{one.digest}"


def _failed(image: str, digest: str, error: RegtoolError) -> Imported:
    return Imported(image, digest, str(error), error)
