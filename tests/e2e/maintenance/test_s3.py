"""The maintenance program's own S3 client, on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from solakube_regtool.errors import RegtoolError
from solakube_regtool.s3 import rights
from solakube_regtool.s3.address import Keys
from solakube_regtool.s3.answers import S3Error
from solakube_regtool.s3.bucket import Bucket

from tests.e2e.local.machine import free_ports
from tests.e2e.maintenance.buckets import EITHER_SERVER
from tests.e2e.support.object_storage import KEYS, READER, VERSITYGW, Storage, serving
from tests.e2e.testbed.provisioner import Provisioner

pytestmark = EITHER_SERVER


@pytest.fixture
def frozen(server: str, storage: Storage, provisioner: Provisioner, tmp_path: Path) -> Iterator[Bucket]:
    """One in which nobody may write who asks."""
    with ExitStack() as running:
        if server == VERSITYGW:
            readonly = running.enter_context(serving(provisioner, tmp_path / "frozen", "--readonly"))
        else:
            readonly = replace(storage, keys=READER)
        yield running.enter_context(readonly.opened())


def test_objects_are_written_listed_by_pages_copied_and_deleted(bucket: Bucket) -> None:
    names = [f"p/{number // 100:02}/a b+ä~%41{number:04}" for number in range(1050)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: bucket.write(name, name.encode()), names))
    before = bucket.requests
    assert [found.key for found in bucket.objects("p/")] == sorted(names)
    assert bucket.requests - before == 2
    assert [found.key for found in bucket.objects("p/", after=sorted(names)[-2])] == sorted(names)[-1:]
    assert sorted(bucket.folders("p/")) == [f"{number:02}" for number in range(11)]
    assert bucket.read(names[7]) == names[7].encode()
    found = bucket.find(names[7])
    assert found is not None
    assert found.size == len(names[7].encode())
    bucket.copy(names[7], "q/copy")
    assert bucket.read("q/copy") == names[7].encode()
    assert bucket.delete([*names, "p/never there"]) == 1051
    assert [found.key for found in bucket.objects()] == ["q/copy"]
    assert (bucket.read("gone"), bucket.find("gone"), bucket.first("gone")) == (None, None, None)


def test_of_several_that_create_at_once_one_succeeds(bucket: Bucket) -> None:
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda number: bucket.create("lock", str(number).encode()), range(8)))
    assert done.count(True) == 1
    assert bucket.read("lock") == str(done.index(True)).encode()


def test_what_is_missing_is_named(bucket: Bucket, frozen: Bucket) -> None:
    def told(tried: Bucket) -> list[str]:
        with closing(tried):
            return [str(fault) for fault in rights.faults(tried)]

    address = bucket.address
    assert told(bucket) == []
    assert list(bucket.objects()) == []
    (wrong_secret,) = told(Bucket(address, Keys(KEYS.access, "wrong")))
    assert "SignatureDoesNotMatch" in wrong_secret
    assert "correct the secret key" in wrong_secret
    (wrong_key,) = told(Bucket(address, Keys("nobody", "wrong")))
    assert "correct the access key" in wrong_key
    (no_bucket,) = told(Bucket(replace(address, bucket="other"), KEYS))
    assert "NoSuchBucket" in no_bucket
    (denied,) = told(frozen)
    assert "does not let this user write solakube-check-" in denied
    with closing(Bucket(replace(address, bucket="other"), KEYS)) as other, pytest.raises(S3Error):
        other.write("a", b"")
    silent = replace(address, endpoint=f"http://127.0.0.1:{free_ports()}")
    with pytest.raises(RegtoolError, match="does not answer"):
        Bucket(silent, KEYS).write("a", b"")
