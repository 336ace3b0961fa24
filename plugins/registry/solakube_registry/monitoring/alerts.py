"""The alerts: docs/alerts.md tells of each what to do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

FULL_IN_DAYS = 4
LATE_DAYS = 8
"""Days after which a scheduled collection is late: a weekly one has had another chance by then."""

BACKUP_HOURS = 6
"""Hours that a backup may take: its job is ended then."""

ENDING_DAYS = 14
"""Days before a certificate's end at which it should have been replaced by itself."""

_RUN = "solakube_maintenance_last_run"


class Alert(NamedTuple):
    """An alert.

    Attributes:
        name: what it is called; its heading in docs/alerts.md.
        expression: in PromQL.
        lasting: for how long that must hold, as Prometheus writes durations.
        severity: "warning", or "critical" where images or pushes fail already.
        summary: one sentence, which may have Prometheus' templates.
    """

    name: str
    expression: str
    lasting: str
    severity: str
    summary: str


def alerts(job: str, scheduled: bool, backup_gap: float = 0) -> Iterator[Alert]:
    """Give the alerts of one registry.

    Args:
        job: its label `job` in Prometheus.
        scheduled: its maintenance runs by itself, so that it can be late.
        backup_gap: the most seconds between two backups that it takes of itself; 0 where it takes none.
    """
    of = f'{{job="{job}"}}'
    free, size = f"solakube_data_free_bytes{of}", f"solakube_data_size_bytes{of}"
    yield Alert(
        "RegistryDown",
        f"absent(up{of}) or min by (job) (up{of}) == 0",
        "5m",
        "critical",
        "The registry, or the maintenance program beside it, does not answer.",
    )
    yield Alert(
        "RegistryVolumeAlmostFull",
        f"{free} / {size} < 0.05",
        "10m",
        "critical",
        "The registry's volume has {{ $value | humanizePercentage }} left.",
    )
    yield Alert(
        "RegistryVolumeFillsUp",
        f"predict_linear({free}[1d], {FULL_IN_DAYS} * 86400) < 0 and {free} / {size} < 0.4",
        "1h",
        "warning",
        f"The registry's volume will be full within {FULL_IN_DAYS} days.",
    )
    yield Alert(
        "RegistryMaintenanceFailed",
        f"{_RUN}_success{of} == 0",
        "0s",
        "warning",
        "The last {{ $labels.command }} of the registry failed.",
    )
    if scheduled:
        yield Alert(
            "RegistryCollectionLate",
            f'time() - {_RUN}_timestamp_seconds{{job="{job}", command="garbage-collect"}} > {LATE_DAYS} * 86400',
            "0s",
            "warning",
            "The registry has not been collected for {{ $value | humanizeDuration }}.",
        )
    if backup_gap:
        succeeded = f'solakube_maintenance_last_success_timestamp_seconds{{job="{job}", command="backup"}}'
        yield Alert(
            "RegistryBackupLate",
            f"time() - {succeeded} > {backup_gap:.0f} or absent({succeeded})",
            # Between a time and the next one the last backup is always older than that for a while, and a new
            # deployment has none before its first time.
            f"{math.ceil(backup_gap / 3600) + BACKUP_HOURS}h",
            "warning",
            "The registry has missed a backup.",
        )
    yield Alert(
        "RegistryRefusedPushes",
        f"solakube_garbage_collect_refused_pushes{of} > 0",
        "0s",
        "warning",
        "The registry refused {{ $value }} manifests during the last collection.",
    )
    yield Alert(
        "RegistryImagesDamaged",
        f"solakube_check_damaged_images{of} > 0",
        "0s",
        "critical",
        "{{ $value }} images that the cluster names are not whole.",
    )
    yield Alert(
        "RegistryCertificateEnds",
        f"solakube_certificate_not_after_seconds{of} - time() < {ENDING_DAYS} * 86400",
        "1h",
        "warning",
        "The registry's certificate ends in {{ $value | humanizeDuration }}.",
    )
