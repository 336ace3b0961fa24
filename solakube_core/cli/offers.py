"""The commands of the core and of the plugins, and who offers them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import NamedTuple

import click

from solakube_core.cli.lazy import import_command
from solakube_core.errors import SolakubeError, of_system
from solakube_core.model import Command
from solakube_core.plugins import PluginManager
from solakube_core.plugins.faults import PluginFault, blaming, in_words

CORE_COMMANDS = (
    Command("deploy", "Deploy a component, or bring it up to date.", "solakube_core.cli.deploy:deploy"),
    Command("diff", "Show what deploying would change.", "solakube_core.cli.diff:diff"),
    Command("status", "Show how components are doing.", "solakube_core.cli.status:status"),
    Command("logs", "Show what a component wrote.", "solakube_core.cli.logs:logs"),
    Command("undeploy", "Remove a component; its data stays.", "solakube_core.cli.undeploy:undeploy"),
    Command("maintain", "List or run a component's maintenance.", "solakube_core.cli.maintain:maintain"),
    Command("config", "List the settings and where they come from.", "solakube_core.cli.config:config"),
    Command("plugins", "List the plugins and the hooks they answer.", "solakube_core.cli.plugins:plugins"),
    Command("completion", "Complete commands in a shell.", "solakube_core.cli.completion:completion"),
    Command("help", "Show the help of a command.", "solakube_core.cli.help:help_command"),
    Command("version", "Show the version.", "solakube_core.cli.help:version"),
)

_CORE_NAMES = frozenset(command.name for command in CORE_COMMANDS)


class Offer(NamedTuple):
    """A command, and the name of the plugin that offers it; "" for the core."""

    command: Command
    plugin: str = ""


def offered(plugins: PluginManager) -> dict[str, list[Offer]]:
    """Return who offers which command: the core's first, then the plugins', each in its own order.

    A plugin that offers a name of the core's is left out: nobody can mean it.
    """
    offers = {command.name: [Offer(command)] for command in CORE_COMMANDS}
    for plugin, commands in plugins.commands().items():
        if taken := [command.name for command in commands if command.name in _CORE_NAMES]:
            plugins.leave_out(plugin, f"failed in commands: `sk {taken[0]}` is a command of the core")
            continue
        for command in commands:
            offers.setdefault(command.name, []).append(Offer(command, plugin))
    return offers


def imported(plugins: PluginManager, offers: Sequence[Offer]) -> click.Command:
    """Import a command.

    Args:
        offers: all offers under its name.

    Raises:
        SolakubeError: there are several, or the plugin fails in this.
    """
    command, plugin = offers[0].command, offers[0].plugin
    if len(offers) > 1:
        raise SolakubeError(
            f"the command {command.name!r} is offered {len(offers)} times",
            "by " + " and by ".join(plugins.describe(offer.plugin) for offer in offers),
            f"uninstall all but one of them, or leave one out: `sk --no-plugin {plugin} ...`",
        )
    if not plugin:
        return import_command(command)
    described, where = plugins.describe(plugin), f"`sk {command.name}`"
    # What its module says when it is imported is no result.
    with (
        blaming(plugin, described, where),
        plugins.watched(plugin, f"{described} with {where}"),
        redirect_stdout(sys.stderr),
    ):
        return import_command(command)


def blamed(plugins: PluginManager, name: str, defect: BaseException) -> BaseException:
    """Return a defect as that of the plugin whose command it happened in; as it is for a command of the core.

    What the system refused is nobody's defect, and is explained.
    """
    if refused := of_system(defect):
        return refused
    plugin = offered(plugins)[name][0].plugin if name in offered(plugins) else ""
    if not plugin:
        return defect
    return PluginFault(plugin, plugins.describe(plugin), f"`sk {name}`", in_words(defect))
