"""The group of the commands for users."""

from __future__ import annotations

from solakube_core.plugin import Command, LazyGroup

user = LazyGroup(
    "user",
    (Command("list", "List who may pull and push.", "solakube_registry.commands.user_list:list_command"),),
    help="Look after the registry's users.",
)
