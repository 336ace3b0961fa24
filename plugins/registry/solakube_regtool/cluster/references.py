"""Finding the images that an object names, wherever in it, and telling what such a name stands for.

An image counts by its name without the host: the registry has many addresses (its public name, the Service, node
ports, forwarded ports, mirrors of the container runtime), and not all are known here. At worst an image of another
registry with the same name and tag keeps one of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from solakube_regtool.oci import digests

# What holds an image's name and nothing else; a name without tag and digest is understood there alone.
_HOLDS_IMAGES = re.compile(r"(?:\w*(?:i|I)mage(?:s|ID|Name|Ref)?|reference)")
# Names in two parts: the values of Helm charts, Kustomize's `images`, Flux' OCIRepository, operators of their own.
_NAMES = ("repository", "image", "baseImage", "imageName", "newName", "name", "url")
_TAGS = ("tag", "newTag", "imageTag")
# With the algorithm before it as in a digest, in the tag of a signature or in a package URL; sha256 also without.
_DIGEST = re.compile(
    r"(?:(?<![0-9a-zA-Z])|(?<=%3[aA]))(?:(sha384|sha512)(?::|-|%3[aA]))?([0-9a-f]{128}|[0-9a-f]{96}|[0-9a-f]{64})(?![0-9a-zA-Z])"
)
# A name with a slash and a tag or digest, as it stands in arguments, variables, annotations and files of a ConfigMap.
_NAME = re.compile(
    r"(?<![\w./:@-])"
    r"(?:[a-z][a-z0-9+.-]*://)?"
    r"(?:(?:[a-zA-Z0-9.-]+|\[[0-9a-fA-F:.]+\])(?::[0-9]+)?/)?[a-z0-9]+(?:(?:[._]|__|-+|/)[a-z0-9]+)*"
    r"(?::\w(?:[\w.-]{0,126}\w)?)?(?:@sha[0-9]+:[0-9a-f]{64,128})?"
    r"(?![\w/:@])"
)


class Reference(NamedTuple):
    """An image's name in its parts.

    Attributes:
        host: with its port; "" where it names none.
        repository: without the host.
        tag: "" where it has none; `latest` where it has neither tag nor digest.
        digest: such as "sha256:<hex>"; "" where it has none.
    """

    host: str
    repository: str
    tag: str
    digest: str


def parse(image: str) -> Reference:
    """Take an image's name apart, as container runtimes do; a scheme such as docker-pullable:// is passed over."""
    name, _, digest = image.rpartition("://")[2].partition("@")
    first, slash, rest = name.partition("/")
    host, path = (first, rest) if slash and ("." in first or ":" in first or first == "localhost") else ("", name)
    repository, colon, tag = path.rpartition(":")
    if not colon:
        repository, tag = path, "" if digest else "latest"
    return Reference(host, repository, tag, digest)


def names_of(image: str) -> tuple[str, ...]:
    """Return what an image's name stands for in a registry: REPOSITORY:TAG, or its digest, or both."""
    _, repository, tag, digest = parse(image)
    tagged = (f"{repository}:{tag}",) if tag else ()
    # A mirror has Docker Hub's images below library/.
    also = (f"library/{repository}:{tag}",) if tag and "/" not in repository else ()
    return (*tagged, *also, *((digest,) if digest else ()))


def images_in(value: Any, key: str = "") -> Iterator[str]:
    """Give all images that an object names: of containers, of their status, of volumes, of anything else in it.

    Args:
        value: the object, or a part of it.
        key: under which it stands.
    """
    if isinstance(value, str):
        yield from [value] if value and _HOLDS_IMAGES.fullmatch(key) else ()
        yield from _images_in_text(value)
    elif isinstance(value, Mapping):
        pairs = list(_in_two_parts(value))
        yield from (image for _, image in pairs)
        # A name whose tag stands beside it is not that of the tag `latest`; the other one tells who set which field.
        passed_over = {"managedFields", *(key for key, _ in pairs)}
        for name, inner in value.items():
            if name not in passed_over:
                yield from images_in(inner, name)
    elif isinstance(value, Iterable) and not isinstance(value, bytes):
        for inner in value:
            yield from images_in(inner, key)


def _in_two_parts(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the keys of names whose tag stands beside them, each with the whole."""
    parts = {**(value["ref"] if isinstance(value.get("ref"), Mapping) else {}), **value}
    tags = [parts[key] for key in _TAGS if isinstance(parts.get(key), (str, int, float)) and parts[key] != ""]
    for key in _NAMES:
        name = parts.get(key)
        if isinstance(name, str) and not parse(name).digest and ":" not in name.rpartition("/")[2]:
            yield from ((key, f"{name}:{tag}") for tag in tags)


def _images_in_text(text: str) -> Iterator[str]:
    for algorithm, digits in _DIGEST.findall(text):
        if len(digits) == digests.HEX_LENGTHS[algorithm or digests.CANONICAL]:
            yield f"{algorithm or digests.CANONICAL}:{digits}"
    if "/" in text and ":" in text:
        for found in _NAME.findall(text):
            _, _, path = found.rpartition("://")
            if "/" in path and (":" in path.rpartition("/")[2]):
                yield found
