"""`sk registry ...`. Each command is a module of its own, imported when it is used."""

from __future__ import annotations

from solakube_registry.commands.group import registry

__all__ = ["registry"]
