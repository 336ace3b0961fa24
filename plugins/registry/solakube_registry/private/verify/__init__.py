"""The proof that the registry works: log in, push, pull back, compare, and let a pod pull and run the image."""

from __future__ import annotations

from solakube_registry.private.verify.verification import Verification

__all__ = ["Verification"]
