"""What SolaKube relies on in the registry's configuration, wherever a user may set it.

The collector asks the registry's metrics, and pushes must ask the volume; the pod's probes and the checks after a
deployment know address and login. A setting that would break this is refused, in configData and in the environment,
where distribution reads REGISTRY_A_B for `a.b` (https://distribution.github.io/distribution/about/configuration/,
"Override specific configuration options"). Those that stand in the Helm chart's own values give way, and it is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from solakube_core.plugin import Problem, overlaid


class Relied(NamedTuple):
    """A part of the configuration that must stay as it is.

    Attributes:
        path: its keys.
        why: what would break.
        remedy: what to do instead.
        chart: what the Helm chart's own values have there; None for nothing.
    """

    path: tuple[str, ...]
    why: str
    remedy: str = "leave it out"
    chart: Any = None

    @property
    def name(self) -> str:
        """Its keys as one writes them."""
        return ".".join(self.path)


_METRICS = "the collector asks the registry's metrics whether requests are under way"
_INSIDE = "more than metrics is to be seen there: Prometheus scrapes the pod's port maintenance, which passes them on"
_ADDRESS = "the pod's probes and the Service lead to this address"
_TLS = "set REGISTRY_TLS"
_LOGIN = "the user is admin; set REGISTRY_ADMIN_PASSWORD"

RELIED = (
    Relied(
        ("storage", "cache"),
        "a registry that remembers which layers there are leaves those out of a push that were freed meanwhile",
        chart={"blobdescriptor": "inmemory"},
    ),
    Relied(("storage", "filesystem", "rootdirectory"), "maintenance looks for the images where the volume is mounted"),
    Relied(
        ("storage", "maintenance", "readonly"), "an offline collection turns it on and off", "set REGISTRY_READ_ONLY"
    ),
    Relied(("http", "addr"), _ADDRESS),
    Relied(("http", "net"), _ADDRESS),
    Relied(("http", "prefix"), _ADDRESS),
    Relied(
        ("http", "tls"), "in a cluster TLS ends at the exposure, and on one machine files and address go with it", _TLS
    ),
    Relied(("http", "secret"), "it is made once, and kept in a Secret"),
    Relied(("http", "debug", "addr"), _INSIDE, chart=":5001"),
    Relied(("http", "debug", "tls"), _METRICS),
    Relied(("http", "debug", "prometheus", "enabled"), _METRICS, chart=False),
    Relied(("http", "debug", "prometheus", "path"), _METRICS),
    Relied(("auth", "htpasswd", "path"), "the password is kept in a Secret", _LOGIN),
    Relied(("auth", "token"), "the password is checked by the registry itself", _LOGIN),
    Relied(("auth", "silly"), "it lets anybody in", _LOGIN),
)


_BUCKET = "what REGISTRY_S3_* say is looked into before anything is changed, and taken by maintenance too"

_IN_BUCKET = tuple(
    Relied(("storage", *path), _BUCKET, f"set {variable}")
    for path, variable in (
        (("s3", "bucket"), "REGISTRY_S3_BUCKET"),
        (("s3", "region"), "REGISTRY_S3_REGION"),
        (("s3", "regionendpoint"), "REGISTRY_S3_ENDPOINT"),
        (("s3", "rootdirectory"), "REGISTRY_S3_PREFIX"),
        (("s3", "forcepathstyle"), "REGISTRY_S3_PATH_STYLE"),
        (("s3", "secure"), "REGISTRY_S3_ENDPOINT"),
        (("s3", "skipverify"), "REGISTRY_S3_AUTHORITY"),
        (("s3", "accesskey"), "REGISTRY_S3_ACCESS_KEY, or REGISTRY_S3_SECRET_NAME"),
        (("s3", "secretkey"), "REGISTRY_S3_SECRET_KEY, or REGISTRY_S3_SECRET_NAME"),
        (("redirect", "disable"), "REGISTRY_S3_REDIRECT"),
    )
)
"""What more is relied on where the settings name a bucket."""


def at(config: Any, path: tuple[str, ...]) -> Any:
    """Return what stands at a path; None for nothing."""
    for key in path:
        config = config.get(key) if isinstance(config, Mapping) else None
    return config


def laid_over(config: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with `extra` laid over it, in which all that is relied on stays as it was."""
    result = overlaid(config, extra)
    for relied, _ in departures(config, result):
        result = overlaid(result, _nested(relied.path, at(config, relied.path)))
    return result


def departures(config: Mapping[str, Any], changed: Mapping[str, Any]) -> Iterator[tuple[Relied, Any]]:
    """Give what is relied on and differs in a changed configuration, with what stands there."""
    for relied in _relied_on(config):
        found = at(changed, relied.path)
        if found != at(config, relied.path):
            yield relied, found


def _relied_on(config: Mapping[str, Any]) -> Iterator[Relied]:
    """A storage driver of the user's own has neither files nor a collector beside them."""
    elsewhere = at(config, ("storage", "filesystem")) is None
    by_settings = bool(at(config, ("storage", "s3", "bucket")))
    for relied in (*RELIED, *(_IN_BUCKET if by_settings else ())):
        if not (elsewhere and relied.path[:2] in (("storage", "cache"), ("storage", "filesystem"))):
            yield relied


def problems_of(config: Mapping[str, Any], extra: Mapping[str, Any]) -> Iterator[Problem]:
    """Tell what of configData would break what is relied on, but for what the chart itself has there."""
    for relied, found in departures(config, overlaid(config, extra)):
        if relied.chart is None or found != relied.chart:
            yield Problem(f"chart-values.yaml sets configData.{relied.name}", relied.why, relied.remedy)


def given_way(config: Mapping[str, Any], extra: Mapping[str, Any]) -> Iterator[str]:
    """Say what of the chart's own values is not done."""
    for relied, found in departures(config, overlaid(config, extra)):
        if relied.chart is not None and found == relied.chart:
            yield f"configData.{relied.name} of the chart's own values is left out: {relied.why}"


def environment_problems(config: Mapping[str, Any], variables: list[Mapping[str, Any]]) -> Iterator[Problem]:
    """Tell which variables of the registry's container would break what is relied on.

    Args:
        config: the registry's configuration.
        variables: with `name`, and `value` or `valueFrom`.
    """
    for variable in variables:
        relied = _overridden(config, variable["name"], variable.get("value"))
        if relied:
            what = f"chart-values.yaml sets {variable['name']} in extraEnvVars, which stands for {relied.name}"
            yield Problem(what, relied.why, relied.remedy)


def _overridden(config: Mapping[str, Any], name: str, value: str | None) -> Relied | None:
    """Give what a variable overrides: the very key, one below it, or a whole map that it is in.

    A value that comes from elsewhere can be anything.
    """
    first, *keys = name.lower().split("_")
    if first != "registry" or not keys:
        return None
    for relied in _relied_on(config):
        length = min(len(keys), len(relied.path))
        own = at(config, relied.path)
        kept = own is not None and value in (str(own), str(own).lower())
        if list(relied.path[:length]) == keys[:length] and not kept:
            return relied
    return None


def _nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    return dict(value)
