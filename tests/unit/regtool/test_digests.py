"""What is no digest is refused, whatever Python would read it as."""

from __future__ import annotations

import pytest
from solakube_regtool.oci import digests


def test_a_list_of_keys_gives_them_as_they_came() -> None:
    texts = ("sha256:" + "a" * 64, "sha512:" + "b" * 128, "sha256:" + "0" * 64, "sha384:" + "c" * 96)
    keys = [digests.parse(text) for text in texts]
    packed = digests.KeyList()
    packed.extend(keys[:2])
    packed.extend(keys[2:])
    assert (list(packed), len(packed)) == (keys, 4)


@pytest.mark.parametrize("digits", ["a" * 63, "A" * 64, "ab " * 21 + "a", " " * 2 + "a" * 62, "g" * 64, ""])
def test_no_digest_is_refused(digits: str) -> None:
    with pytest.raises(ValueError, match=r"digest|hexadecimal"):
        digests.parse(f"sha256:{digits}")
