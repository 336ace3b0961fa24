"""Options that several commands have, in the same words."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import click

_LONGEST = 7 * 86400.0


class Seconds(click.FloatRange):
    """A time to wait: more than nothing, and a week at most."""

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True, max=_LONGEST)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number; what is none ("nan") is in no range, and would be waited for without end."""
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail(f"{value!r} is no number of seconds", param, ctx)
        return seconds


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

dry_run_option: Decorator = click.option("--dry-run", is_flag=True, help="Tell what would be done; change nothing.")
"""Gives a command --dry-run."""

yes_option: Decorator = click.option("--yes", "-y", is_flag=True, help="Do not ask.")
"""Gives a command --yes."""


def show_secrets_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --show-secrets; scripts may spell it in the singular."""

    @click.option("--show-secrets", is_flag=True, help="Show secret values, too.")
    @click.option("--show-secret", "show_secret", is_flag=True, hidden=True)
    @functools.wraps(command)
    def run(*arguments: Any, show_secrets: bool, show_secret: bool, **options: Any) -> Any:
        return command(*arguments, show_secrets=show_secrets or show_secret, **options)

    return run
