"""The group of the registry's commands."""

from __future__ import annotations

from solakube_core.plugin import Command, LazyGroup

_HERE = "solakube_registry.commands"

_LOOKING_INSIDE = (
    Command("list", "List repositories, or the tags of one.", f"{_HERE}.listing:list_command"),
    Command("delete", "Delete tags, those alone.", f"{_HERE}.deleting:delete"),
)

regtool = LazyGroup(
    "regtool",
    (
        Command("list", "List repositories, or the tags of one.", f"{_HERE}.original_tool:list_by_tool"),
        Command("delete", "Delete tags.", f"{_HERE}.original_tool:delete_by_tool"),
    ),
    help="`sk registry list` and `delete` by their names in the original: by its own tool where REGISTRY_REGTOOL_IMAGE "
    "names that, else by ours.",
)

registry = LazyGroup(
    "registry",
    (
        *_LOOKING_INSIDE,
        Command("history", "Show what tags pointed to, and when.", f"{_HERE}.history:history"),
        Command("undelete", "Bring back a tag that was deleted or moved.", f"{_HERE}.undelete:undelete"),
        Command("usage", "Show who takes how much space.", f"{_HERE}.usage:usage"),
        Command("prune", "Delete tags that a policy does not keep.", f"{_HERE}.prune:prune"),
        Command("garbage-collect", "Free what no tag reaches.", f"{_HERE}.garbage_collect:garbage_collect"),
        Command("hold", "Have nothing deleted for a while.", f"{_HERE}.hold:hold"),
        Command("check", "Check the images that the cluster names.", f"{_HERE}.check:check"),
        Command("fsck", "Check that every tag is complete.", f"{_HERE}.fsck:fsck"),
        Command("forward", "Reach the registry from this machine.", f"{_HERE}.forward:forward"),
        Command("show-private", "Show the private registry of an application.", f"{_HERE}.show_private:show_private"),
        Command("user", "Look after the registry's users.", f"{_HERE}.user_group:user"),
        Command("grant", "Let namespaces pull from the private registry.", f"{_HERE}.grant:grant"),
        Command("grants", "List the namespaces that may pull.", f"{_HERE}.grants:grants"),
        Command("verify", "Push, pull and run an image.", f"{_HERE}.verify:verify"),
        Command("doctor", "Ask each node whether it can pull.", f"{_HERE}.doctor:doctor"),
        Command("trust", "Let nodes pull from the registry.", f"{_HERE}.trust:trust"),
        Command("backup", "Back the registry up into a folder.", f"{_HERE}.backup_group:backup"),
        Command("restore", "Bring back what a backup holds.", f"{_HERE}.backup_take:restore"),
        Command("restore-check", "Settle a restored registry's tags.", f"{_HERE}.restore_check:restore_check"),
        Command("import", "Take in images of another registry.", f"{_HERE}.importing:import_images"),
        Command("backup-config", "Have Velero back the registry up.", f"{_HERE}.backup_config:backup_config"),
        Command("env", "Print what development tools need to be told.", f"{_HERE}.env:env"),
        Command("ca", "Print the certificate authority to trust.", f"{_HERE}.ca:ca"),
        Command("regtool", "`list` and `delete` by their names in the original.", f"{_HERE}.group:regtool"),
    ),
    help="Use the registry and look after it.",
)
