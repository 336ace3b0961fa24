"""Finding the images that an object names, wherever in it, and telling what such a name stands for.

An image counts by its name without the host: the registry has many addresses (its public name, the Service, node
ports, forwarded ports, mirrors of the container runtime), and not all are known here. At worst an image of another
registry with the same name and tag keeps one of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

# What holds an image's name and nothing else; a name without tag and digest is understood there alone.
_KEYS = ("image", "imageID", "reference")
# Names in two parts: the values of Helm charts, Kustomize's `images`, Flux' OCIRepository.
_PAIRS = (("repository", "tag"), ("newName", "newTag"), ("name", "newTag"), ("url", "tag"))
_DIGEST = re.compile(r"(?<![0-9a-z])sha(?:256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})(?![0-9a-f])")
# A name with a slash and a tag or digest, as it stands in arguments, variables, annotations and files of a ConfigMap.
_NAME = re.compile(
    r"(?<![\w./:@-])"
    r"(?:(?:oci|docker)://)?"
    r"(?:[a-zA-Z0-9.-]+(?::[0-9]+)?/)?[a-z0-9]+(?:(?:[._]|__|-+|/)[a-z0-9]+)*"
    r"(?::\w[\w.-]{0,127})?(?:@sha[0-9]+:[0-9a-f]{64,128})?"
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
        yield from [value] if key in _KEYS and value else _images_in_text(value)
    elif isinstance(value, Mapping):
        yield from _images_in_pairs(value)
        for name, inner in value.items():
            # It tells who set which field, in the form of paths.
            if name != "managedFields":
                yield from images_in(inner, name)
    elif isinstance(value, Iterable) and not isinstance(value, bytes):
        for inner in value:
            yield from images_in(inner, key)


def _images_in_pairs(value: Mapping[str, Any]) -> Iterator[str]:
    parts = {**(value["ref"] if isinstance(value.get("ref"), Mapping) else {}), **value}
    for first, second in _PAIRS:
        name, tag = parts.get(first), parts.get(second)
        if isinstance(name, str) and isinstance(tag, (str, int, float)) and tag != "":
            yield f"{name}:{tag}"


def _images_in_text(text: str) -> Iterator[str]:
    yield from _DIGEST.findall(text)
    if "/" in text and ":" in text:
        for found in _NAME.findall(text):
            _, _, path = found.rpartition("://")
            if "/" in path and (":" in path.rpartition("/")[2]):
                yield found
