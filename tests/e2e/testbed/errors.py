"""What can go wrong while the test bed is made."""

from __future__ import annotations


class TestbedError(Exception):
    """Something the tests need could not be made; the message says what and why."""

    __test__ = False
    """Its name begins with Test, but it is none."""


class UnavailableError(TestbedError):
    """This machine or user cannot have it (no root, no Docker); the message says what would help."""
