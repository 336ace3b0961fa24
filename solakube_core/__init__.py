"""SolaKube's core: the `sk` command, the hook specifications and the engines that carry plans out.

Plugins use `solakube_core.plugin`, and `solakube_core.testing` for their tests; the rest is private.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solakube_core.version import __version__

if TYPE_CHECKING:
    from solakube_core.markers import hookimpl

__all__ = ["__version__", "hookimpl"]


def __getattr__(name: str) -> Any:
    """Import the marker when it is asked for: the first moments of a command, in which it can be stopped, are short."""
    if name == "hookimpl":
        from solakube_core.markers import hookimpl

        return hookimpl
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
