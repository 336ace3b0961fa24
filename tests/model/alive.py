"""What must stay by the model's own reckoning: by what clients were told, and by nothing that the collector reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.model.distribution import digest_of


@dataclass(frozen=True)
class Attached:
    """A signature or the like.

    Attributes:
        subject: hex digest of what it belongs to.
        content: its manifest, or an index of such.
        tag: that points to it; empty for one that names its subject itself.
    """

    subject: str
    content: bytes
    tag: str


UNDO = 20_000.0
"""Seconds for which a tag can be brought back: no sequence of collections takes so long, but less than a day."""


@dataclass
class Alive:
    """What was pushed, what of it has a name, and what belongs to it.

    Attributes:
        now: tells the time.
        undo: seconds for which a tag can be brought back; 0 for none.
        tags: manifest by repository and tag.
        ended: when a tag of a repository last ceased to point to a manifest, by repository and hex digest.
        held: hex digests that the cluster names, each with its repository.
        attached: signatures and the like, by repository and by tag or digest.
        loose: those of them whose subject was without a name at some time since they were pushed; they may be gone.
        manifests: all that were ever pushed, by hex digest.
    """

    now: Callable[[], float]
    undo: float
    ended: dict[tuple[str, str], float] = field(default_factory=dict)
    tags: dict[tuple[str, str], bytes] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    attached: dict[tuple[str, str], Attached] = field(default_factory=dict)
    loose: set[tuple[str, str]] = field(default_factory=set)
    manifests: dict[str, bytes] = field(default_factory=dict)
    _parts: dict[str, list[str]] = field(default_factory=dict)

    def learn(self, content: bytes) -> str:
        """Hear of a manifest; gives its hex digest."""
        digest = digest_of(content)
        if digest not in self.manifests:
            named = json.loads(content)
            parts = (named.get("config"), *named.get("layers", ()), *named.get("manifests", ()))
            self._parts[digest] = [part["digest"][7:] for part in parts if part]
            self.manifests[digest] = content
        return digest

    def set_tag(self, repository: str, tag: str, content: bytes) -> None:
        """Hear that a tag points to a manifest."""
        self._end(repository, self.tags.get((repository, tag)))
        self.tags[repository, tag] = content
        self.loosen()

    def delete_tag(self, repository: str, tag: str) -> bytes:
        """Hear that a tag is deleted; gives what it pointed to."""
        content = self.tags.pop((repository, tag))
        self._end(repository, content)
        self.loosen()
        return content

    def _end(self, repository: str, content: bytes | None) -> None:
        if content is not None:
            self.ended[repository, digest_of(content)] = self.now()

    def may_return(self) -> list[tuple[str, str]]:
        """Give what tags pointed to so lately that they can be brought back: repositories with hex digests."""
        return [image for image, ended in self.ended.items() if ended > self.now() - self.undo]

    def attach(self, repository: str, attached: Attached) -> None:
        """Hear that a signature or the like was pushed, or is there already."""
        key = (repository, attached.tag or digest_of(attached.content))
        self.attached[key] = attached
        self.loose.discard(key)
        self.loosen()

    def detach(self, key: tuple[str, str]) -> None:
        """Hear that the tag of such a one was removed."""
        del self.attached[key]
        self.loose.discard(key)
        self.loosen()

    def loosen(self) -> None:
        """Note what belongs to something that has no name at this moment."""
        stays = self.must_stay()
        self.loose |= {key for key, attached in self.attached.items() if attached.subject not in stays}

    def must_stay(self) -> set[str]:
        """Give the hex digests of all that must stay."""
        firm = [attached for key, attached in self.attached.items() if key not in self.loose]
        return self._with(self.named(), firm)

    def may_stay(self, orphans: bool = False) -> set[str]:
        """Give the hex digests of all that must or may stay.

        Args:
            orphans: tags of signatures whose image is gone are left where they are.
        """
        tagged = [digest_of(attached.content) for attached in self.attached.values() if attached.tag]
        return self._with(self.must_stay() | self._reach(tagged if orphans else ()), self.attached.values())

    def named(self) -> set[str]:
        """Give what tags and the cluster reach, and what tags reached so lately that they can be brought back."""
        former = (digest for _, digest in self.may_return())
        return self._reach([*map(digest_of, self.tags.values()), *self.held, *former])

    def signable(self, repository: str, content: bytes) -> list[str]:
        """Give the hex digests of an image and of all that belongs to it, however deep."""
        found = [digest_of(content)]
        for key, attached in self.attached.items():
            if key[0] == repository and key not in self.loose and attached.subject in found:
                found.append(digest_of(attached.content))
        return found

    def _with(self, reached: set[str], attached: Iterable[Attached]) -> set[str]:
        waiting = list(attached)
        while found := [one for one in waiting if one.subject in reached]:
            waiting = [one for one in waiting if one.subject not in reached]
            reached |= self._reach(digest_of(one.content) for one in found)
        return reached

    def _reach(self, roots: Iterable[str]) -> set[str]:
        reached: set[str] = set()
        waiting = list(roots)
        while waiting:
            digest = waiting.pop()
            if digest not in reached:
                reached.add(digest)
                waiting += self._parts.get(digest, ())
        return reached
