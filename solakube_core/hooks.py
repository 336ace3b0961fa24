"""The hook specifications of SolaKube, in the order of a component's life.

An implementation is a function of the same name marked with `hookimpl`, in the module that the plugin's entry point
(group `solakube`) names. It may take a subset of the arguments. Hooks describe and never act: they return values of
`solakube_core.plugin`, and the core shows, applies, awaits and removes what they say.

Each implementation is called by itself. What it raises, but for a `SolakubeError`, and an answer of another type are
told as a defect of its plugin; the other plugins' answers stand. A wrapper around others' answers is refused.

Keep heavy imports inside the functions: the module is imported by every `sk` command.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from solakube_core.markers import hookspec

if TYPE_CHECKING:
    from pathlib import Path

    from solakube_core.engine import Site
    from solakube_core.model import (
        Backend,
        Command,
        Component,
        Configuration,
        Exposure,
        Maintenance,
        Manifest,
        Observation,
        Plan,
        StorageChoice,
        StorageOffer,
        StorageRequest,
    )
    from solakube_core.settings import Settings, Variable


@hookspec
def variables() -> Iterable[Variable]:
    """Declare the settings that this plugin reads.

    Called once per run, before any setting is loaded.

    Returns:
        One `Variable` for each; `sk config` lists them, checks their type and hints at misspelt ones.

    Example::

        @hookimpl
        def variables():
            return [Variable("WIKI_FQN", "wiki.${CLUSTER_FQN}", "public name of the wiki", "dns-name")]
    """
    raise NotImplementedError


@hookspec
def commands() -> Iterable[Command]:
    """Add commands to `sk`.

    Called once per run, when the command line is read. The target is imported only when it is used. A plugin that
    offers a name of the core's is left out. To use a name that two plugins offer is an error that names both.

    Returns:
        One `Command` for each.

    Example::

        @hookimpl
        def commands():
            return [Command("wiki", "Look after the wiki.", "my_wiki.cli:group")]
    """
    raise NotImplementedError


@hookspec
def components() -> Iterable[Component]:
    """Name the components that this plugin deploys.

    Called once per run, when the component's own plugin is asked for: whose exposure gives way to a third party's.
    Shells complete the names, with their summaries.

    Returns:
        One `Component` for each name that the plugin's `deploy` answers to.

    Example::

        @hookimpl
        def components():
            return [Component("wiki", "A wiki for the team.")]
    """
    raise NotImplementedError


@hookspec
def configure(component: str, settings: Settings, roots: tuple[Path, ...], site: Site) -> Configuration | None:
    """Resolve and check what a component needs; change nothing.

    Called first by `sk deploy`, `sk diff` and `sk storage explain`. Report everything that is wrong at
    once, as problems of the answer, rather than raise at the first.

    Args:
        component: the component in question; return None when it is not yours.
        settings: all settings as the user made them.
        roots: the folders of SK_ROOTS, nearest first: where overrides such as chart-values.yaml lie.
        site: read-only questions about the place it goes to.

    Returns:
        A `Configuration`: permissions and storage needed, where it will answer, problems. Several plugins may
        answer for one component; their answers are joined, but only one may ask for a volume or name a backend.

    Raises:
        SolakubeError: the question could not even be looked into.

    Example::

        @hookimpl
        def configure(component, settings):
            if component != "wiki":
                return None
            missing = () if settings.get("WIKI_FQN") else (Problem("WIKI_FQN is not set"),)
            return Configuration(problems=missing)
    """
    raise NotImplementedError


@hookspec
def storage_class(request: StorageRequest, settings: Settings, offer: StorageOffer) -> StorageChoice | None:
    """Choose the storage class of a volume.

    Called between `configure` and `deploy` for each component that asks for storage. The answer of an implementation
    that is marked `trylast`, as that of solakube-storage is, gives way to any other. Two answers are an error that
    names both.

    Args:
        request: what the component asks for.
        settings: where the preference lists stand.
        offer: what the place has, and the claim if it exists.

    Returns:
        A `StorageChoice` with all candidates and why each was taken or passed over.

    Example::

        @hookimpl
        def storage_class(request, offer):
            best = offer.classes[0].name
            return StorageChoice(best, request.size, reason=f"{best} is the first there is")
    """
    raise NotImplementedError


@hookspec
def expose(component: str, settings: Settings, backend: Backend, site: Site) -> Exposure | None:
    """Describe how a component is reached from outside.

    Called after `configure`, before `deploy`. All answers are collected: the provider that
    the variable <COMPONENT>_EXPOSE_PROVIDER names wins, else the only one that is not the component's own
    plugin, else the component's own. Two third parties and no such setting are an error that names both.

    Args:
        component: the component in question; return None when you do not expose it.
        settings: all settings.
        backend: the Service and pods to lead to.
        site: read-only questions, such as which ingress controllers there are.

    Returns:
        An `Exposure` that names its provider.

    Example::

        @hookimpl
        def expose(component, settings, backend):
            route = ingress_route(settings.require("WIKI_FQN"), backend)
            return Exposure("traefik-route", "ingressroute", (route,), Address("https://wiki.example.com"))
    """
    raise NotImplementedError


@hookspec
def deploy(
    component: str,
    settings: Settings,
    roots: tuple[Path, ...],
    storage: StorageChoice | None,
    exposure: Exposure | None,
    site: Site,
) -> Plan | None:
    """Describe all that should exist for a component.

    Called when `configure` found no problem. Where `storage_class` or `expose` did, the
    plan is only looked at, to tell whose objects it would meet. Must give equal plans for
    equal arguments: a second run then changes nothing. Two plans for one component are an error that names both
    plugins.

    Args:
        component: the component in question; return None when it is not yours.
        settings: all settings.
        roots: as for `configure`.
        storage: the answer to the component's storage request, None if it made none.
        exposure: how it will be reached, for what depends on it (the Service's type); its objects, conditions
            and address are added to the plan by the core. None when nobody exposes the component.
        site: read-only questions, such as for a generated secret that exists already and must be kept.

    Returns:
        A `Plan`.

    Raises:
        SolakubeError: there is no sound plan for these settings.

    Example::

        @hookimpl
        def deploy(component, settings):
            if component == "wiki":
                return Plan("wiki", objects=wiki_objects(settings), services=(), backend=WIKI_BACKEND)
    """
    raise NotImplementedError


@hookspec
def observe(live: Manifest, site: Site) -> Observation | None:
    """Tell how an object of a kind that you know is doing: one that others define, such as a CustomResourceDefinition.

    Called by `sk status` for each object of a component of whose kind the core has nothing to tell, and while a
    deployment waits: until what is awaited as "observed" is ready, and for the reasons why an object is not. `sk
    undeploy` asks of what it finds in a namespace that is to go, whether it was made for an object of the component.

    Args:
        live: the object as it is in the cluster; return None when its group or kind is not yours.
        site: read-only questions, such as for the objects that explain it. Ask them only where it is not ready.

    Returns:
        An `Observation`: its state in words, whether it is ready, and why it is not. Two answers for one object are
        an error that names both plugins.

    Example::

        @hookimpl
        def observe(live):
            if (live["apiVersion"], live["kind"]) == ("traefik.io/v1alpha1", "IngressRoute"):
                return Observation("exposed", live["spec"]["routes"][0]["match"])
    """
    raise NotImplementedError


@hookspec
def maintain(component: str, settings: Settings, site: Site) -> Maintenance | None:
    """Name the maintenance that a component offers once it runs.

    Called by `sk status`, `sk maintain` and by the component's own commands. A component may have no maintenance.

    Args:
        component: the component in question; return None when it is not yours.
        settings: all settings.
        site: tells, by its layout, where the component's files are.

    Returns:
        A `Maintenance`: the program that works beside the data, and the tasks it can do.

    Example::

        @hookimpl
        def maintain(component, settings):
            if component == "wiki":
                tool = Program("wiki", "python", ("-m", "wiki_tool"), "wiki", {"app": "wiki"}, "tool")
                return Maintenance(tool, ("last-run",), (Task("backup", "Back it up.", ("wiki", "backup")),))
    """
    raise NotImplementedError
