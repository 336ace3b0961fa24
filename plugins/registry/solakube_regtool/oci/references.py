"""References to what a registry holds, as people paste them: `REPO`, `REPO:TAG`, `REPO@DIGEST`, `REPO:TAG@DIGEST`.

Source: https://github.com/distribution/reference, the grammar in reference.go. A registry's address before the
repository is not taken: whoever knows by which addresses a registry is known takes it away.
"""

from __future__ import annotations

from typing import NamedTuple

from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import digests, names


class Reference(NamedTuple):
    """What somebody means.

    Attributes:
        repository: its name, or a pattern with *, ? and [...].
        tag: the tag's name, or a pattern; "" for any.
        digest: that of the manifest the tags point to; "" for any.
    """

    repository: str
    tag: str
    digest: str

    def __str__(self) -> str:
        return self.repository + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")

    @property
    def is_whole(self) -> bool:
        """Whether it stands for the repository itself."""
        return not self.tag and not self.digest


def read(text: str) -> Reference:
    """Read a reference.

    Raises:
        RegtoolError: it is none.
    """
    before, at, digest = text.partition("@")
    folder, slash, last = before.rpartition("/")
    if ":" in folder:
        address = folder.partition("/")[0]
        why = "names here are those within the registry"
        raise RegtoolError(f"{text!r} begins with the address of a registry, {address}", why, "leave the address out")
    repository, colon, tag = last.partition(":")
    repository = names.check_repository_pattern(folder + slash + repository)
    if colon:
        names.check_tag_pattern(tag)
    return Reference(repository, tag, _digest(digest) if at else "")


def of_repository(repository: str, word: str) -> Reference:
    """Read a word that follows the name of a repository: a tag, or a digest.

    Raises:
        RegtoolError: it is neither.
    """
    if ":" in word:
        return Reference(repository, "", _digest(word))
    return Reference(repository, names.check_tag_pattern(word), "")


def _digest(text: str) -> str:
    try:
        digests.parse(text)
    except ValueError:
        raise RegtoolError(f"{text!r} is no digest", "", "write it as sha256: and 64 hexadecimal digits") from None
    return text
