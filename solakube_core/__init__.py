"""SolaKube's core: the `sk` command, the hook specifications and the engines that carry plans out.

Plugin authors need three names from here: `hookimpl` to mark an implementation, `solakube_core.model` for the
values that hooks take and return, and `solakube_core.errors` for what goes wrong.
"""

from __future__ import annotations

from solakube_core.markers import hookimpl

__version__ = "0.1.0"
__all__ = ["__version__", "hookimpl"]
