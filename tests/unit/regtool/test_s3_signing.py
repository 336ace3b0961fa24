"""Requests to S3 are signed as Amazon's own examples are.

Source: Amazon S3 API reference, "Signature Calculations for the Authorization Header", its examples.
"""

from __future__ import annotations

import pytest
from solakube_regtool.s3 import signing
from solakube_regtool.s3.address import Address, Keys, is_bucket_name

KEYS = Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
BUCKET = Address("examplebucket", "https://s3.amazonaws.com")
NOON = 1369353600.0
"""2013-05-24, midnight in UTC."""


def signature(method: str, path: str, headers: dict[str, str], body: bytes = b"", url: str = BUCKET.url) -> str:
    sent = signing.signed(KEYS, "us-east-1", method, url + path, headers, body, NOON)
    return sent["Authorization"].rpartition("Signature=")[2]


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "expected"),
    [
        (
            "GET", "/test.txt", {"Range": "bytes=0-9"}, b"",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT", "/" + signing.path("test$file.text"),
            {"Date": "Fri, 24 May 2013 00:00:00 GMT", "X-Amz-Storage-Class": "REDUCED_REDUNDANCY"},
            b"Welcome to Amazon S3.",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            "GET", "/?" + signing.query({"lifecycle": ""}), {}, b"",
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            "GET", "/?" + signing.query({"prefix": "J", "max-keys": "2"}), {}, b"",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
)  # fmt: skip
def test_amazons_examples(method: str, path: str, headers: dict[str, str], body: bytes, expected: str) -> None:
    assert signature(method, path, headers, body) == expected


def test_the_port_is_signed_unless_it_is_the_schemes_own() -> None:
    assert signature("GET", "/a", {}, url="https://s3.test:443") == signature("GET", "/a", {}, url="https://s3.test")
    assert signature("GET", "/a", {}, url="https://s3.test:8443") != signature("GET", "/a", {}, url="https://s3.test")


def test_without_keys_nothing_is_signed_and_no_secret_is_shown() -> None:
    assert signing.signed(None, "us-east-1", "GET", BUCKET.url, {}, b"", NOON) == {
        "Host": "examplebucket.s3.amazonaws.com"
    }
    assert KEYS.secret not in repr(KEYS)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (Address("b"), "https://b.s3.us-east-1.amazonaws.com"),
        (Address("b", region="eu-central-1"), "https://b.s3.eu-central-1.amazonaws.com"),
        (Address("b", "http://10.0.0.1:9000", path_style=True), "http://10.0.0.1:9000/b"),
    ],
)
def test_where_a_bucket_is(address: Address, url: str) -> None:
    assert address.url == url


@pytest.mark.parametrize(
    ("name", "fits"),
    [("images", True), ("a.b-3", True), ("Images", False), ("ab", False), ("a..b", False), ("-ab", False)],
)
def test_names_of_buckets(name: str, fits: bool) -> None:
    assert is_bucket_name(name) == fits
