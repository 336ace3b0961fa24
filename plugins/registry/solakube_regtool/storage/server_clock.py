"""The clock of a bucket's server: what it says of an object that was written just now. It has whole seconds."""

from __future__ import annotations

from solakube_regtool.s3.bucket import Bucket
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.workspace import NAME


def clock_key(registry: Tree, place: BucketFiles) -> str:
    """Give the object that is written for it."""
    return f"{place.key_of(registry.root)}/{NAME}/clock"


def server_time(bucket: Bucket, clock: str) -> float:
    """Ask for the time, in seconds since 1970; two requests.

    Args:
        bucket: of the server.
        clock: see `clock_key`.

    Raises:
        RegtoolError: the bucket failed.
    """
    bucket.write(clock, b"")
    # By a list, as all times are known that it is compared with.
    found = bucket.first(clock)
    return found.modified if found else 0.0
