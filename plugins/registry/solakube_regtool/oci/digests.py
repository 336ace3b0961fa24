"""Digests of content, as text (`sha256:<hex>`) and as compact keys (bytes).

Sets with a million digests are made of keys: a sha256 key is the 32 raw bytes, a third of what the text takes. A key
of any other algorithm is `<algorithm>:` and the raw bytes, so that no two algorithms' keys are ever equal.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator

CANONICAL = "sha256"
"""The algorithm that distribution stores blobs by, whatever algorithm a client names them by."""

HEX_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}

_SHA256_KEY_LENGTH = 32
_RECENT = 1024
"""Digests whose keys are remembered: images that are next to each other share layers."""

_raw = bytes.fromhex
_ANYWHERE = re.compile(rb"(sha(?:256|384|512)):([0-9a-f]{64,128})(?![0-9a-f])")


def key_of(algorithm: str, hex_digits: str) -> bytes:
    """Give the key of a digest in two parts.

    Raises:
        ValueError: the algorithm is not known, or these are not its hexadecimal digits in lower case.
    """
    raw = _raw(hex_digits)
    # Compared with what it reads as, since capitals and spaces are read, too.
    if raw.hex() != hex_digits or len(hex_digits) != HEX_LENGTHS.get(algorithm):
        raise ValueError(f"not a digest: {algorithm}:{hex_digits}")
    return raw if algorithm == CANONICAL else algorithm.encode() + b":" + raw


@functools.lru_cache(_RECENT)
def parse(text: str) -> bytes:
    """Give the key of a digest as text.

    Raises:
        ValueError: this is not a digest of an algorithm that is known.
    """
    algorithm, _, hex_digits = text.partition(":")
    return key_of(algorithm, hex_digits)


def is_canonical(key: bytes) -> bool:
    """Tell whether a key is of the algorithm that blobs are stored by."""
    return len(key) == _SHA256_KEY_LENGTH


class KeyList:
    """Keys in the order in which they were added; each takes a byte more than it is long, not thrice as much."""

    def __init__(self) -> None:
        self._packed = bytearray()
        self._count = 0

    def extend(self, keys: Iterable[bytes]) -> None:
        """Add keys, each after its length."""
        for key in keys:
            self._packed.append(len(key))
            self._packed += key
            self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[bytes]:
        at = 0
        while at < len(self._packed):
            end = at + 1 + self._packed[at]
            yield bytes(self._packed[at + 1 : end])
            at = end


def parts(key: bytes) -> tuple[str, str]:
    """Give a key's algorithm and hexadecimal digits."""
    if is_canonical(key):
        return CANONICAL, key.hex()
    algorithm, _, raw = key.partition(b":")
    return algorithm.decode(), raw.hex()


def text(key: bytes) -> str:
    """Give a key's digest as text."""
    algorithm, hex_digits = parts(key)
    return f"{algorithm}:{hex_digits}"


def found_in(content: bytes) -> Iterator[bytes]:
    """Give the keys of all digests that stand anywhere in a content, whatever its format."""
    for algorithm, hex_digits in _ANYWHERE.findall(content):
        if len(hex_digits) == HEX_LENGTHS[algorithm.decode()]:
            yield key_of(algorithm.decode(), hex_digits.decode())


def sha256_key(content: bytes) -> bytes:
    """Hash a content.

    Returns:
        The digest's key.
    """
    # Imported when something is hashed: most of what it loads is OpenSSL.
    import hashlib

    return hashlib.sha256(content).digest()


def hash_file(path: str, algorithm: str) -> str:
    """Hash a file's content.

    Returns:
        The digest as text.

    Raises:
        OSError: the file cannot be read.
    """
    import hashlib

    digester = hashlib.new(algorithm)
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(1 << 20):
            digester.update(chunk)
    return f"{algorithm}:{digester.hexdigest()}"
