"""Options that several commands have, in the same words."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

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
