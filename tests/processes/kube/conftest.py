"""An API server of faults, and the engine that talks to it."""

from __future__ import annotations

from tests.unit.kube.conftest import clock, engine, progress, server

__all__ = ["clock", "engine", "progress", "server"]
