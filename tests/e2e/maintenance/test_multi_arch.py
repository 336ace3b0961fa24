"""Images of several platforms, and what belongs to an image: collected with it, and not before."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from solakube_registry.oci import Content, Image, RegistryClient, image, index, layer, push_image

from solakube_core.model import Address
from tests.e2e.maintenance.load import Crane
from tests.e2e.maintenance.registries import RunningRegistry, collected, regtool

OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"


@pytest.fixture
def pushing(running_registry: RunningRegistry) -> Iterator[RegistryClient]:
    """A client that pushes what no image builder would."""
    with RegistryClient(Address(f"http://{running_registry.host}"), None) as client:
        yield client


def platforms(name: str) -> Image:
    """An index of two platforms with a layer each and one in common."""
    common = layer({"common": b"common"})
    parts = {name_of: layer({"own": f"{name} {name_of}".encode()}) for name_of in ("amd64", "arm64")}
    return index({name_of: image([common, own], name_of) for name_of, own in parts.items()})


def listing(media_type: str, *children: Image) -> Image:
    """An index, or a list of Docker's, of images or of further indexes."""
    manifests = [child.manifest.descriptor() for child in children]
    document = {"schemaVersion": 2, "mediaType": media_type, "manifests": manifests}
    return Image(Content(media_type, json.dumps(document).encode()), children=children)


def artifact(kind: str, subject: Image) -> Image:
    """An artifact that names its subject, such as an SBOM."""
    body = layer({kind: subject.digest.encode()}).content
    config = Content("application/vnd.oci.empty.v1+json", b"{}")
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_IMAGE,
        "artifactType": f"application/{kind}",
        "config": config.descriptor(),
        "layers": [body.descriptor()],
        "subject": subject.manifest.descriptor(),
    }
    return Image(Content(OCI_IMAGE, json.dumps(document).encode()), (config, body))


def delete_and_collect(registry: RunningRegistry, image_name: str) -> None:
    """Delete one tag, and free all that only it reached."""
    regtool(registry, "delete", image_name)
    time.sleep(1.1)
    collected(registry, "--wait")


def stored(registry: RunningRegistry) -> set[str]:
    """The digests of all blobs."""
    return {f"sha256:{file.parent.name}" for file in registry.blobs.rglob("data")}


def parts(*images: Image) -> set[str]:
    """The digests of all that images are made of."""
    found = {part.digest for whole in images for part in (whole.manifest, *whole.blobs)}
    return found.union(*(parts(*whole.children) for whole in images))


@pytest.mark.parametrize("media_type", [OCI_INDEX, DOCKER_LIST])
def test_one_tag_of_two_leaves_every_platform_of_the_other(
    running_registry: RunningRegistry, pushing: RegistryClient, client: Crane, media_type: str
) -> None:
    whole = listing(media_type, *platforms("app").children)
    single = image([layer({"single": b"single"})], "amd64")
    for tag in ("1", "latest"):
        push_image(pushing, "app", tag, whole)
    push_image(pushing, "app", "single", single)
    delete_and_collect(running_registry, "app:1")
    client.validate("app:latest")
    for child in whole.children:
        client.validate(f"app@{child.digest}")
    assert stored(running_registry) == parts(whole, single)
    delete_and_collect(running_registry, "app:latest")
    client.validate("app:single")
    assert stored(running_registry) == parts(single)


def test_an_index_of_indexes_keeps_all_below_it(
    running_registry: RunningRegistry, pushing: RegistryClient, client: Crane
) -> None:
    first, second = platforms("first"), platforms("second")
    whole = listing(OCI_INDEX, first, second)
    push_image(pushing, "app", "all", whole)
    push_image(pushing, "app", "first", first)
    delete_and_collect(running_registry, "app:first")
    client.validate("app:all")
    assert stored(running_registry) == parts(whole)
    push_image(pushing, "app", "second", second)
    delete_and_collect(running_registry, "app:all")
    client.validate("app:second")
    assert stored(running_registry) == parts(second)


def test_signatures_and_sboms_go_with_their_image(running_registry: RunningRegistry, pushing: RegistryClient) -> None:
    living, dying = platforms("living"), platforms("dying")
    attached: dict[str, set[str]] = {}
    for tag, subject in (("living", living), ("dying", dying)):
        push_image(pushing, "app", tag, subject)
        attached[tag] = parts(subject, *_attach(pushing, subject))
    time.sleep(1.1)
    collected(running_registry, "--wait")
    assert stored(running_registry) == attached["living"] | attached["dying"]
    delete_and_collect(running_registry, "app:dying")
    assert stored(running_registry) == attached["living"]
    left = {tag["name"] for tag in regtool(running_registry, "list", "app")}
    spelled = living.digest.replace(":", "-")
    assert left == {"living", spelled, *(f"{spelled}.{suffix}" for suffix in ("sig", "att", "sbom"))}


def _attach(pushing: RegistryClient, subject: Image) -> Iterator[Image]:
    """Attach by tags as cosign does, by OCI's fallback tag, and by the subject alone."""
    spelled = subject.digest.replace(":", "-")
    for suffix in ("sig", "att", "sbom"):
        signature = image([layer({suffix: subject.digest.encode()})], "amd64")
        push_image(pushing, "app", f"{spelled}.{suffix}", signature)
        yield signature
    referrers = listing(OCI_INDEX, artifact("spdx", subject))
    push_image(pushing, "app", spelled, referrers)
    yield referrers
    alone = artifact("vex", subject)
    push_image(pushing, "app", alone.digest, alone)
    yield alone
