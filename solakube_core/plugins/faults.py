"""What plugins do wrong, told with the plugin's name: their code is not ours, and whoever reads it must know whose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from solakube_core.errors import SolakubeError, of_system


class PluginFault(SolakubeError):
    """A plugin raised what it must not, or answered with what it must not.

    Attributes:
        cause: what it did, without the plugin's name.
    """

    def __init__(self, name: str, plugin: str, where: str, cause: str) -> None:
        """Describe a fault.

        Args:
            name: of the plugin, as `--no-plugin` takes it.
            plugin: its name with distribution and version.
            where: the hook or command that failed.
            cause: what happened.
        """
        self.cause = f"failed in {where}: {cause}"
        super().__init__(
            f"plugin {plugin} {self.cause}",
            "that is a defect of the plugin; `sk --debug ...` shows where it happened",
            f"mend it or install another version; `sk --no-plugin {name} ...` leaves it out",
        )


@contextmanager
def blaming(name: str, plugin: str, where: str) -> Iterator[None]:
    """Have what goes wrong inside told as the plugin's.

    Raises:
        PluginFault: for everything but a `SolakubeError`, which explains itself, and what is not the plugin's: Ctrl-C,
            bytes of a setting that are no text, and files that the system refuses.
    """
    try:
        yield
    except (SolakubeError, UnicodeEncodeError, KeyboardInterrupt):
        raise
    except BaseException as cause:
        if refused := of_system(cause):
            raise refused from cause
        raise PluginFault(name, plugin, where, in_words(cause)) from cause


def in_words(cause: BaseException) -> str:
    """Name an exception with its text."""
    return f"{type(cause).__name__}: {cause}"
