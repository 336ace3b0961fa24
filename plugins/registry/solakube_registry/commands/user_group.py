"""The group of the commands for users."""

from __future__ import annotations

from solakube_core.plugin import Command, LazyGroup

_HERE = "solakube_registry.commands"

user = LazyGroup(
    "user",
    (
        Command("list", "List who may pull and push.", f"{_HERE}.user_list:list_command"),
        Command("add", "Let somebody pull, or push.", f"{_HERE}.user_changes:add"),
        Command("remove", "Let somebody in no more.", f"{_HERE}.user_changes:remove"),
        Command("rotate", "Give new passwords.", f"{_HERE}.user_changes:rotate"),
    ),
    help="Look after the registry's users, without a restart of it.",
)
