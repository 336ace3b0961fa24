"""What a deployment needs where the images are in a bucket, or several registries share the work."""

from __future__ import annotations

import re
from collections.abc import Iterator

from solakube_core.plugin import Layout, Problem, Settings, Site
from solakube_registry.chart.values import RegistryValues
from solakube_registry.maintenance import schedule
from solakube_registry.naming import Names
from solakube_registry.object_storage.bucket import AUTHORITY_FILE, Bucket
from solakube_registry.place import in_cluster

_OLDEST = (3, 1, 2)
NEEDS = "registry 3.1.2 or later, where the images are in a bucket: older ones leave out tags and repositories there"
TOLD = r"github\.com/distribution/distribution\S* (v?3\.1\.(?:[2-9]|[1-9]\d)\S*|v?3\.(?:[2-9]|[1-9]\d)\.\S+)"
"""What such a registry tells at `--version`. Source: the releases' notes, distribution #4898 and #4904."""

_TAG = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?![\d.])")


def replicas(settings: Settings, values: RegistryValues) -> int:
    """Return how many registries share the work."""
    given = values.at("replicaCount")
    return settings.integer("REGISTRY_REPLICAS") if given in (None, 1) else int(given)


def problems(settings: Settings, values: RegistryValues, site: Site) -> Iterator[Problem]:
    """Tell what of it cannot be."""
    yield from _replica_problems(replicas(settings, values), values)
    if values.bucket is None:
        return
    if in_cluster(site):
        yield from _image_problems(values.image(settings.require("REGISTRY_IMAGE")))
    if schedule.cron(settings):
        yield from _schedule_problems(settings, values.bucket)


def notes(bucket: Bucket, names: Names, site: Site) -> Iterator[str]:
    """Say where the images are, how clients get them, and what is no longer in use."""
    yield f"the images are in the {bucket.address}"
    yield str(bucket.redirect)
    if site.get(names.claim) is not None:
        yield f"the claim {names.claim.name} and the images on it stay as they are, and are no longer served"


def trusted_file(layout: Layout, bucket: Bucket) -> dict[str, str]:
    """Return the environment by which the registry trusts the endpoint's authority, besides the system's folders.

    Source: https://pkg.go.dev/crypto/x509#SystemCertPool
    """
    return {"SSL_CERT_FILE": f"{layout.config}/{AUTHORITY_FILE}"} if bucket.address.authority else {}


def _replica_problems(count: int, values: RegistryValues) -> Iterator[Problem]:
    if count < 1:
        yield Problem(f"REGISTRY_REPLICAS={count} is no number of registries", "", "set it to 1 or more")
    if count > 1 and values.bucket is None:
        what = f"there cannot be {count} registries with the images on a volume"
        why = "a volume is on one node at a time, and a collection asks one registry whether requests are under way"
        yield Problem(what, why, "set REGISTRY_STORAGE=s3, or leave REGISTRY_REPLICAS and replicaCount out")


def _schedule_problems(settings: Settings, bucket: Bucket) -> Iterator[Problem]:
    if not bucket.has_keys:
        why = "whoever collects in a bucket needs keys for it"
        yield Problem(
            "REGISTRY_GC_SCHEDULE cannot be kept", why, "set REGISTRY_S3_ACCESS_KEY and REGISTRY_S3_SECRET_KEY"
        )
    if settings.get("REGISTRY_RETENTION_NOT_PULLED_FOR") is not None:
        what = "REGISTRY_RETENTION_NOT_PULLED_FOR cannot be judged with REGISTRY_STORAGE=s3"
        yield Problem(what, "an object storage does not tell when a tag was last pulled", "leave it out")


def _image_problems(image: str) -> Iterator[Problem]:
    """Tell of an image whose tag names a registry that is too old; others are taken for new enough."""
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    found = _TAG.match(tag)
    if found is None:
        return
    named = tuple(int(part) for part in found.groups() if part is not None)
    if named < _OLDEST[: len(named)]:
        yield Problem(f"the image {image} does not serve a bucket well", f"it takes {NEEDS}", "name a newer one")
