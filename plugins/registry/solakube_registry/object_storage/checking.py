"""Looking into the bucket before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator

from solakube_regtool.errors import RegtoolError
from solakube_regtool.s3 import bucket as s3
from solakube_regtool.s3 import rights
from solakube_regtool.s3.answers import S3Error

from solakube_core.plugin import Problem, Site
from solakube_registry.naming import Names
from solakube_registry.object_storage.bucket import ACCESS_KEY, SECRET_KEY, Bucket
from solakube_registry.place import in_cluster

_SILENT = "is not looked into from here"


def look(bucket: Bucket, names: Names, site: Site) -> tuple[list[Problem], list[str]]:
    """Try whether the registry can list, write, read and delete in the bucket.

    What is tried is a small object of a name of its own, which is deleted again.

    Returns:
        What is wrong, and what could not be found out here: an endpoint may answer in the cluster alone.
    """
    keys = bucket.keys_at(names, site)
    if bucket.secret_name and keys is None:
        return list(_without_secret(bucket, names, site)), []
    if keys is None:
        return [], [f"{bucket.address} {_SILENT}: without keys, it is its machine or account that lets the registry in"]
    opened = s3.Bucket(bucket.address, keys)
    try:
        faults = list(rights.faults(opened))
    finally:
        opened.close()
    unanswered = [fault for fault in faults if not isinstance(fault, S3Error)]
    if unanswered and in_cluster(site):
        return [], [f"{bucket.address} {_SILENT}: {unanswered[0]}"]
    return [_problem(fault) for fault in faults], []


def _without_secret(bucket: Bucket, names: Names, site: Site) -> Iterator[Problem]:
    if not in_cluster(site):
        what = f"REGISTRY_S3_SECRET_NAME={bucket.secret_name} has no effect on one machine"
        yield Problem(what, "Secrets are a cluster's", "set REGISTRY_S3_ACCESS_KEY and REGISTRY_S3_SECRET_KEY")
        return
    what = f"the namespace {names.namespace} has no Secret {bucket.secret_name} with {ACCESS_KEY} and {SECRET_KEY}"
    command = f"kubectl -n {names.namespace} create secret generic {bucket.secret_name}"
    given = f"--from-file={ACCESS_KEY}=FILE --from-file={SECRET_KEY}=FILE"
    yield Problem(what, "the registry takes the keys of the object storage from it", f"{command} {given}")


def _problem(fault: RegtoolError) -> Problem:
    return Problem(fault.what, fault.why, fault.hint or "REGISTRY_S3_* name the bucket and its keys")
