"""What a tag points to and ever pointed to, with the times."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from solakube_regtool.oci import digests


class Past(NamedTuple):
    """What is known of a tag.

    Attributes:
        current: key of the manifest that it points to, or pointed to at its end; None where that cannot be read.
        begun: when it was last set to each manifest that it ever pointed to, in seconds since 1970.
    """

    current: bytes | None
    begun: Mapping[bytes, float]

    def written(self) -> bytes:
        """Write it down."""
        begun = {digests.text(key): moment for key, moment in self.begun.items()}
        return json.dumps({"current": self.current and digests.text(self.current), "begun": begun}).encode()

    @classmethod
    def read(cls, content: bytes) -> Past:
        """Read what `written` gave.

        Raises:
            ValueError: it is something else.
        """
        try:
            document = json.loads(content)
            begun = {digests.parse(name): float(moment) for name, moment in document["begun"].items()}
            return cls(digests.parse(document["current"]) if document["current"] else None, begun)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from error
