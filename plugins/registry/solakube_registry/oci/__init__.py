"""A small client for OCI registries: images made in memory, pushed, pulled back and deleted.

Standard library only, so that it costs nothing to import.

Example::

    from solakube_registry.oci import Login, RegistryClient, image, layer, push_image

    hello = image([layer({"hello": binary})], "amd64", ["/hello"])
    with RegistryClient(Address("http://127.0.0.1:5000"), Login("admin", password)) as client:
        digest = push_image(client, "demo/hello", "1.0", hello)
"""

from __future__ import annotations

from solakube_regtool.registry_api.login import Login

from solakube_registry.oci.building import Image, Layer, image, index, layer
from solakube_registry.oci.client import Refused, RegistryClient, Unreachable
from solakube_registry.oci.content import Content, digest_of
from solakube_registry.oci.push import delete_image, pull_image, push_image

__all__ = [
    "Content",
    "Image",
    "Layer",
    "Login",
    "Refused",
    "RegistryClient",
    "Unreachable",
    "delete_image",
    "digest_of",
    "image",
    "index",
    "layer",
    "pull_image",
    "push_image",
]
