"""A real S3 server on a folder of this machine."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from solakube_regtool.s3.address import Address, Keys
from solakube_regtool.s3.bucket import Bucket

from tests.e2e.local.machine import free_ports
from tests.e2e.maintenance.registries import await_answer
from tests.e2e.support.waiting import PATIENCE
from tests.e2e.testbed.provisioner import Provisioner

KEYS = Keys("key", "secret")
BUCKET = "images"


@dataclass(frozen=True)
class Storage:
    """The server.

    Attributes:
        bucket: the folder of its only bucket's objects.
        endpoint: its URL.
    """

    bucket: Path
    endpoint: str

    @property
    def driver(self) -> str:
        """The registry's configuration for the bucket."""
        options = f'regionendpoint: "{self.endpoint}", forcepathstyle: true, encrypt: false, secure: false'
        keys = f"accesskey: {KEYS.access}, secretkey: {KEYS.secret}"
        return f"s3: {{region: us-east-1, bucket: {BUCKET}, {keys}, {options}}}"

    def settings(self) -> dict[str, str]:
        """The owner's environment for a registry with its images there."""
        return {
            "REGISTRY_STORAGE": "s3",
            "REGISTRY_S3_ENDPOINT": self.endpoint,
            "REGISTRY_S3_BUCKET": BUCKET,
            "REGISTRY_S3_ACCESS_KEY": KEYS.access,
            "REGISTRY_S3_SECRET_KEY": KEYS.secret,
        }

    def opened(self) -> Bucket:
        """The bucket by the maintenance program's own client."""
        return Bucket(Address(BUCKET, self.endpoint, path_style=True), KEYS)


@contextmanager
def serving(provisioner: Provisioner, folder: Path, *options: str) -> Iterator[Storage]:
    """Run the server while the context lasts.

    Args:
        folder: for its objects; may have some already.
        options: of versitygw, such as --readonly.
    """
    bucket, port = folder / BUCKET, free_ports()
    bucket.mkdir(parents=True, exist_ok=True)
    server = subprocess.Popen(
        [provisioner.program("versitygw"), "--port", f"127.0.0.1:{port}", *options, "posix", folder],
        env={"ROOT_ACCESS_KEY": KEYS.access, "ROOT_SECRET_KEY": KEYS.secret},
        stdout=subprocess.DEVNULL,
    )
    try:
        await_answer(f"http://127.0.0.1:{port}")
        yield Storage(bucket, f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait(PATIENCE)
