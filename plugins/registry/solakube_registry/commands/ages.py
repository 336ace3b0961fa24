"""Ages and moments on the command line: checked before anything is asked for."""

from __future__ import annotations

import contextlib
import math
import time
from datetime import UTC, datetime
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


def moment(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Read an option's time, as RFC 3339 has it, or how long ago it was; gives seconds since 1970.

    A time to the second means all of it: `history` prints such times.
    """
    del ctx, param
    if value is None:
        return None
    with contextlib.suppress(RegtoolError):
        return time.time() - durations.seconds(value)
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no time; write 2026-11-28T19:30:00Z, or how long ago: 2h") from None
    told = (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    return math.nextafter(told + 1, 0.0) if told.is_integer() else told
