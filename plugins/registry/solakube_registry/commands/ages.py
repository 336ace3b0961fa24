"""Ages on the command line: checked before anything is asked for."""

from __future__ import annotations

from typing import Any

import click
from solakube_regtool import durations
from solakube_regtool.errors import RegtoolError


class Age(click.types.StringParamType):
    """A duration such as 30d, as the maintenance program takes it."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text as it is."""
        try:
            durations.seconds(value)
        except RegtoolError as error:
            self.fail(f"{error.what}; {error.hint}", param, ctx)
        return str(value)
