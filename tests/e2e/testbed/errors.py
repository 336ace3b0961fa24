"""The one exception of the test bed."""

from __future__ import annotations


class TestbedError(Exception):
    """Something the tests need cannot be made; the message says what, why and what to do."""

    __test__ = False
    """Its name begins with Test, but it is none."""
