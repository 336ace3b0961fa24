"""What is no digest is refused, whatever Python would read it as."""

from __future__ import annotations

import pytest
from solakube_regtool.oci import digests


@pytest.mark.parametrize("digits", ["a" * 63, "A" * 64, "ab " * 21 + "a", " " * 2 + "a" * 62, "g" * 64, ""])
def test_no_digest_is_refused(digits: str) -> None:
    with pytest.raises(ValueError, match=r"digest|hexadecimal"):
        digests.parse(f"sha256:{digits}")
