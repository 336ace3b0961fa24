"""The second phase: all that should exist for a registry, for every engine."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from solakube_core.plugin import Adoptable, Await, Exposure, Plan, Probe, Settings, Site, StorageChoice
from solakube_registry import idle, scaling
from solakube_registry.backup import own_schedule
from solakube_registry.chart.values import RegistryValues, load_registry_values
from solakube_registry.exposure.network_policy import callers
from solakube_registry.maintenance import holders, images, original_tool, schedule
from solakube_registry.maintenance.regtool import regtool_files, sees_images
from solakube_registry.maintenance.schedule import schedules
from solakube_registry.manifests import registry_objects
from solakube_registry.manifests.inputs import BackedUp, Front, Inputs, OriginalTool, Rotated, Scheduled
from solakube_registry.monitoring.choice import monitoring
from solakube_registry.naming import (
    COMPONENT,
    CONTAINER_LAYOUT,
    DEBUG_ADDRESS,
    LOGINS_PATH,
    MAINTENANCE_PORT,
    PORT,
    READER_DEBUG_ADDRESS,
    READER_PORT,
    USERNAME,
    WRITER_PORT,
    Names,
)
from solakube_registry.object_storage.bucket import fingerprint
from solakube_registry.place import in_cluster
from solakube_registry.private import rotation
from solakube_registry.private.announcing import announced_host
from solakube_registry.processes import data_folder
from solakube_registry.processes.config import as_text, reader_config, registry_config
from solakube_registry.processes.proxy import in_pod, proxy_config
from solakube_registry.services import registry_services, regtool_service
from solakube_registry.services.registry import Registry
from solakube_registry.users import declared
from solakube_registry.users.admin import admin_password, secret_name
from solakube_registry.users.credentials import Credentials, credentials
from solakube_registry.users.variables import ANONYMOUS_PULL, PROXY_IMAGE

_TOKEN_BYTES = 32

_SHORTEST_PASSWORD = 8
"""Characters of a password that somebody chooses (NIST SP 800-63B, section 5.1.1.1)."""


def deploy(
    settings: Settings,
    roots: tuple[Path, ...],
    storage: StorageChoice | None,
    exposure: Exposure | None,
    site: Site,
) -> Plan:
    """Describe the registry.

    Args:
        settings: with the derived variables.
        roots: where a chart-values.yaml may lie.
        storage: class and size of the volume, None when the values ask for none.
        exposure: how it will be reached.
        site: what exists already and must be kept.
    """
    names = Names.of(settings)
    values, _ = load_registry_values(settings, roots)
    inputs = _inputs(settings, names, values, storage, exposure, site)
    layout = site.layout(COMPONENT, CONTAINER_LAYOUT)
    processes = Registry(settings, layout, inputs.credentials, values.mapping("configData"), values.bucket)
    has_reader = bool(inputs.credentials.reader_htpasswd)
    awaits = [Await(names.deployment, "rolled-out")]
    if inputs.original_tool:
        awaits.append(Await(names.original_tool, "rolled-out"))
    if values.makes_claim:
        awaits.insert(0, Await(names.claim, "bound"))
    return Plan(
        component=COMPONENT,
        objects=registry_objects(inputs),
        services=(
            *registry_services(processes, exposure),
            regtool_service(settings, layout, values.keeps_files, has_reader),
        ),
        schedules=(
            *schedules(settings, site, values, has_reader),
            *own_schedule.schedules(settings, site, values, has_reader),
        ),
        backend=names.backend,
        awaits=tuple(awaits),
        probes=_probes(settings, site),
        next_steps=(
            f"log in:       docker login {{host}} -u {USERNAME}",
            "push:         docker tag my-image {host}/my-image && docker push {host}/my-image",
            "look inside:  sk registry list",
        ),
        notes=(
            *_notes(settings, values, site),
            *values.notes,
            *idle.notes(settings, site),
            *images.notes(settings, site),
            *(scaling.notes(values.bucket, names, site) if values.bucket else data_folder.notes(names, site)),
        ),
        # The original's objects and those of the docker-registry Helm chart carry the labels that ours select by.
        adopts=(Adoptable(names.selector), Adoptable(names.tool_selector)),
    )


def _inputs(
    settings: Settings,
    names: Names,
    values: RegistryValues,
    storage: StorageChoice | None,
    exposure: Exposure | None,
    site: Site,
) -> Inputs:
    known = credentials(settings, names, site)
    front = _front(settings, values, known)
    if front:
        images.require_maintained(settings, site)
    config = registry_config(
        CONTAINER_LAYOUT,
        address=f":{WRITER_PORT if front else PORT}",
        debug_address=DEBUG_ADDRESS,
        read_only=settings.boolean("REGISTRY_READ_ONLY"),
        extra=values.mapping("configData"),
        bucket=values.bucket,
        logins=LOGINS_PATH if front else "",
    )
    bucket_keys = values.bucket.keys_at(names, site) if values.bucket else None
    maintenance_image = images.maintenance_image(settings)
    return Inputs(
        names=names,
        values=values.data,
        image=values.image(settings.require("REGISTRY_IMAGE")),
        maintenance_image=maintenance_image,
        regtool_command=(
            "python3",
            "-m",
            "solakube_regtool",
            *_images_place(values),
            "serve",
            "--listen",
            f":{MAINTENANCE_PORT}",
            "--metrics",
            f"http://{DEBUG_ADDRESS}",
            *(() if sees_images(values) else ("--elsewhere",)),
        ),
        regtool_files=regtool_files() if maintenance_image else {},
        config=as_text(config),
        credentials=known,
        admin_secret=secret_name(settings),
        callers=callers(settings, exposure),
        announced=announced_host(settings, exposure) if in_cluster(site) else "",
        rotated=_rotated(settings, names, values),
        storage=storage or StorageChoice("", ""),
        access_modes=_access_modes(names, values, site),
        service=exposure.service if exposure else {},
        schedule=_scheduled(settings),
        backed_up=_backed_up(settings, names, site),
        token=_token(settings, names, site),
        front=front,
        bucket=values.bucket,
        bucket_keys=fingerprint(bucket_keys, known.http_secret),
        replicas=scaling.replicas(settings, values),
        monitoring=(
            monitoring(settings, exposure, own_schedule.longest_gap(settings), site) if in_cluster(site) else None
        ),
        original_tool=_original_tool(settings, site),
    )


def _images_place(values: RegistryValues) -> tuple[str, str]:
    if values.bucket_with_keys:
        return "--bucket", values.bucket_with_keys.address.written()
    return "--data", CONTAINER_LAYOUT.data


def _original_tool(settings: Settings, site: Site) -> OriginalTool | None:
    if not images.has_original_tool(settings, site):
        return None
    return OriginalTool(images.regtool_image(settings), original_tool.login(settings, site))


def _front(settings: Settings, values: RegistryValues, known: Credentials) -> Front | None:
    if not known.reader_htpasswd:
        return None
    config = reader_config(
        CONTAINER_LAYOUT,
        address=f":{READER_PORT}",
        debug_address=READER_DEBUG_ADDRESS,
        extra=values.mapping("configData"),
        bucket=values.bucket,
        logins=LOGINS_PATH,
    )
    anonymous = declared.wants(settings, ANONYMOUS_PULL)
    return Front(as_text(config), proxy_config(anonymous, in_pod()), settings.require(PROXY_IMAGE))


def _token(settings: Settings, names: Names, site: Site) -> str:
    if not schedule.cron(settings) and not own_schedule.claim(settings):
        return ""
    return site.secret(COMPONENT, names.token, "token") or secrets.token_hex(_TOKEN_BYTES)


def _backed_up(settings: Settings, names: Names, site: Site) -> BackedUp | None:
    claim = own_schedule.claim(settings)
    if not claim:
        return None
    modes = own_schedule.access_modes(names, claim, site)
    return BackedUp(own_schedule.cron(settings), own_schedule.periods(settings), claim, modes)


def _scheduled(settings: Settings) -> Scheduled | None:
    if not schedule.cron(settings):
        return None
    kinds = holders.kinds(settings) if schedule.asks_cluster(settings) else ()
    return Scheduled(schedule.cron(settings), schedule.policy(settings), kinds)


def _rotated(settings: Settings, names: Names, values: RegistryValues) -> Rotated | None:
    when = rotation.cron(settings)
    return Rotated(when, rotation.order(settings, names, scaling.replicas(settings, values))) if when else None


def _access_modes(names: Names, values: RegistryValues, site: Site) -> tuple[str, ...]:
    """Return the claim's access modes: those of an existing claim stay, for they can't be changed."""
    given = values.text("persistence", "existingClaim")
    existing = site.get(replace(names.claim, name=given) if given else names.claim)
    if existing is not None:
        return tuple(existing["spec"]["accessModes"])
    return (values.text("persistence", "accessMode") or "ReadWriteOnce",)


def _probes(settings: Settings, site: Site) -> tuple[Probe, ...]:
    return (
        Probe("/v2/", 401, "nobody gets in without the password"),
        Probe("/v2/", 200, f"{USERNAME} gets in with it", USERNAME, admin_password(settings, site)),
    )


def _notes(settings: Settings, values: RegistryValues, site: Site) -> Iterator[str]:
    if 0 < len(admin_password(settings, site)) < _SHORTEST_PASSWORD:
        yield (
            f"the password of {USERNAME} has less than {_SHORTEST_PASSWORD} characters: "
            "whoever reaches the registry may try all of them"
        )
    if settings.boolean("REGISTRY_READ_ONLY"):
        yield "REGISTRY_READ_ONLY is set: the registry refuses pushes and deletes"
    others = [key for key in values.set_keys if key != "configData"]
    if others and not in_cluster(site):
        yield f"of chart-values.yaml only configData holds on one machine: {', '.join(others)} have no effect"
