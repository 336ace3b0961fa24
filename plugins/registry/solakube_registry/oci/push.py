"""Pushing, reading back and deleting whole images."""

from __future__ import annotations

import json
from collections.abc import Iterator

from solakube_registry.oci.building import Image
from solakube_registry.oci.client import RegistryClient
from solakube_registry.oci.content import INDEX, Content


def push_image(client: RegistryClient, repository: str, tag: str, image: Image, mount_from: str = "") -> str:
    """Push an image: first all that it names, then its manifest, so that no one ever sees half of it.

    Args:
        tag: the name to give it within the repository.
        mount_from: another repository of the registry that may have some of its layers: these are linked there
            and not sent.

    Returns:
        The digest of the image's manifest or index.

    Raises:
        SolakubeError: the registry cannot be reached, or refused a part.
    """
    _push_parts(client, repository, image, mount_from)
    client.put_manifest(repository, tag, image.manifest)
    return image.digest


def pull_image(client: RegistryClient, repository: str, reference: str) -> Image:
    """Read an image back with every byte of it.

    Raises:
        SolakubeError: a part is missing, or its bytes do not have its digest.
    """
    manifest = client.manifest(repository, reference)
    content = json.loads(manifest.data)
    if manifest.media_type == INDEX:
        children = tuple(pull_image(client, repository, entry["digest"]) for entry in content["manifests"])
        return Image(manifest, children=children)
    blobs = tuple(
        Content(entry["mediaType"], client.blob(repository, entry["digest"]))
        for entry in (content["config"], *content["layers"])
    )
    return Image(manifest, blobs)


def delete_image(client: RegistryClient, repository: str, image: Image) -> None:
    """Delete an image with all its tags; the next garbage collection frees its space.

    It goes by digest, since registries before 3.0 delete nothing else: meant for images that nobody else tags.
    """
    client.delete(repository, "manifests", image.digest)
    for child in image.children:
        delete_image(client, repository, child)
    for blob in image.blobs:
        client.delete(repository, "blobs", blob.digest)


def _push_parts(client: RegistryClient, repository: str, image: Image, mount_from: str) -> None:
    for blob in _unique(image.blobs):
        client.upload(repository, blob, mount_from)
    for child in image.children:
        _push_parts(client, repository, child, mount_from)
        client.put_manifest(repository, child.digest, child.manifest)


def _unique(blobs: tuple[Content, ...]) -> Iterator[Content]:
    yield from {blob.digest: blob for blob in blobs}.values()
