"""Real S3 servers of this machine, of two makers, so that nothing is fitted to one of them."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from solakube_regtool.errors import RegtoolError
from solakube_regtool.s3.address import Address, Keys
from solakube_regtool.s3.bucket import Bucket

from tests.e2e.local.machine import free_ports
from tests.e2e.maintenance.registries import await_answer
from tests.e2e.support.waiting import PATIENCE, eventually
from tests.e2e.testbed.provisioner import Provisioner

VERSITYGW, SEAWEEDFS = SERVERS = ("versitygw", "seaweedfs")

KEYS = Keys("key", "secret")
READER = Keys("reader", "secret-of-reader")
"""Who may write nothing; SeaweedFS alone has such a user."""
BUCKET = "images"


@dataclass(frozen=True)
class Storage:
    """A bucket of a server.

    Attributes:
        endpoint: URL of the server.
        bucket: the bucket's name.
        keys: of who uses it.
    """

    endpoint: str
    bucket: str = BUCKET
    keys: Keys = KEYS

    @property
    def address(self) -> Address:
        """The bucket, as the maintenance program is told of it."""
        return Address(self.bucket, self.endpoint, path_style=True)

    @property
    def option(self) -> str:
        """The option that names it to that program."""
        return f"--bucket={self.address.written()}"

    @property
    def driver(self) -> str:
        """The registry's configuration for it."""
        options = f'regionendpoint: "{self.endpoint}", forcepathstyle: true, encrypt: false, secure: false'
        keys = f"accesskey: {self.keys.access}, secretkey: {self.keys.secret}"
        return f"s3: {{region: us-east-1, bucket: {self.bucket}, {keys}, {options}}}"

    def settings(self) -> dict[str, str]:
        """The owner's environment for a registry with its images there."""
        return {
            "REGISTRY_STORAGE": "s3",
            "REGISTRY_S3_ENDPOINT": self.endpoint,
            "REGISTRY_S3_BUCKET": self.bucket,
            "REGISTRY_S3_ACCESS_KEY": self.keys.access,
            "REGISTRY_S3_SECRET_KEY": self.keys.secret,
        }

    @contextmanager
    def opened(self) -> Iterator[Bucket]:
        """The bucket by the maintenance program's own client, while the context lasts."""
        with closing(Bucket(self.address, self.keys)) as bucket:
            yield bucket


@contextmanager
def serving(provisioner: Provisioner, folder: Path, *options: str) -> Iterator[Storage]:
    """Run versitygw, which begins at once, on a folder of its own while the context lasts.

    Args:
        provisioner: has the program.
        folder: for the objects; may have some already.
        options: of the program, such as --readonly.
    """
    port = free_ports()
    (folder / BUCKET).mkdir(parents=True, exist_ok=True)
    arguments = ["--port", f"127.0.0.1:{port}", *options, "posix", str(folder)]
    with _running(provisioner.program(VERSITYGW), arguments):
        await_answer(f"http://127.0.0.1:{port}")
        yield Storage(f"http://127.0.0.1:{port}")


@contextmanager
def seaweedfs(provisioner: Provisioner, folder: Path) -> Iterator[Callable[[], Storage]]:
    """Run SeaweedFS while the context lasts: it takes some ten seconds to begin, so that many tests share it.

    Args:
        provisioner: has the program.
        folder: an empty one, for its data.

    Returns:
        What makes a new bucket there.
    """
    users = {KEYS: ["Admin", "Read", "List", "Write"], READER: ["Read", "List"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [_identity(*user) for user in users.items()]}))
    names = ("s3", "master", "volume", "filer")
    ports = {name: free_ports() for name in names}
    storage = Storage(f"http://127.0.0.1:{ports['s3']}")

    def new_bucket() -> Storage:
        made = replace(storage, bucket=f"{BUCKET}-{uuid.uuid4().hex}")
        eventually(lambda: _takes_objects(made), "the bucket is made and takes objects")
        return made

    try:
        with _running(provisioner.program(SEAWEEDFS), _seaweedfs_arguments(folder, ports)):
            yield new_bucket
    finally:
        for socket in Path("/tmp").glob("seaweedfs-*.sock"):
            if socket.stem.rpartition("-")[2] in {str(port + more) for port in ports.values() for more in (0, 1)}:
                socket.unlink()


def _identity(keys: Keys, actions: Sequence[str]) -> dict[str, object]:
    credentials = [{"accessKey": keys.access, "secretKey": keys.secret}]
    return {"name": keys.access, "credentials": credentials, "actions": actions}


def _seaweedfs_arguments(folder: Path, ports: dict[str, int]) -> list[str | Path]:
    """All its parts as one process, on ports that are free; it would tell its makers of itself, and make any bucket."""
    places = [f"-{name}.port{kind}={port + more}" for name, port in ports.items() for more, kind in enumerate(_KINDS)]
    off = ("s3.port.iceberg=0", "s3.port.lance=0", "master.telemetry=false", "s3.autoCreateBucket=false")
    sizes = ("volume.max=0", "master.volumeSizeLimitMB=64", "master.electionTimeout=500ms")
    options = [f"-{option}" for option in ("s3", f"s3.config={folder / 's3.json'}", *off, *sizes)]
    return ["-logdir", folder, "server", f"-dir={folder}", "-ip=127.0.0.1", *places, *options]


_KINDS = ("", ".grpc")
"""Of a part's ports, as its options end."""


@contextmanager
def _running(program: Path, arguments: Sequence[str | Path]) -> Iterator[None]:
    keys = {"ROOT_ACCESS_KEY": KEYS.access, "ROOT_SECRET_KEY": KEYS.secret}
    # Whatever it would still write is thrown away.
    process = subprocess.Popen([program, *arguments], env=keys, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait(PATIENCE)


def _takes_objects(storage: Storage) -> bool:
    """Have the bucket made where it is not there, and tell whether it takes objects: that may be much later."""
    try:
        with storage.opened() as bucket:
            bucket._ask("PUT", "")
            bucket.write("ready", b"")
            bucket.delete(["ready"])
    except RegtoolError:
        return False
    return True
