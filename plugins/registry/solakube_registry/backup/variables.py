"""The settings of backups: the original's names and defaults, and where the registry's own go."""

from __future__ import annotations

from solakube_core.plugin import Variable

_PERIODS = {"days": "DAILY", "months": "MONTHLY", "years": "YEARLY"}

CLAIM = "pvc:"
"""Begins the name of a claim, as the place of backups."""

TO, SCHEDULE = "REGISTRY_BACKUP_TO", "REGISTRY_BACKUP_SCHEDULE_DAILY"
RETENTION = {period: f"REGISTRY_BACKUP_RETENTION_{of}" for period, of in _PERIODS.items()}
"""By what `solakube_regtool.backup.keeping.Periods` calls them."""

BACKUP_VARIABLES = (
    Variable(TO, None, "where the registry backs itself up to each day: a folder, or pvc:NAME in a cluster"),
    Variable("VELERO_APP_BACKUPS_ENABLED", "Y", "applications are backed up by Velero", "boolean"),
    Variable("REGISTRY_BACKUP_ENABLED", "Y", "the registry is backed up by Velero", "boolean"),
    Variable("REGISTRY_BACKUP_LOCATION_NAME", "default", "Velero's BackupStorageLocation", "dns-name"),
    Variable("REGISTRY_BACKUP_SCHEDULE_DAILY", "0 1 * * *", "when the daily backup begins", "cron"),
    Variable("REGISTRY_BACKUP_SCHEDULE_MONTHLY", "0 3 1 * *", "when the monthly backup begins", "cron"),
    Variable("REGISTRY_BACKUP_SCHEDULE_YEARLY", "0 5 1 1 *", "when the yearly backup begins", "cron"),
    Variable("REGISTRY_BACKUP_RETENTION_DAILY", "30", "days that a daily backup is kept; 0: none is made", "integer"),
    Variable("REGISTRY_BACKUP_RETENTION_MONTHLY", "6", "months that a monthly backup is kept; 0: none", "integer"),
    Variable("REGISTRY_BACKUP_RETENTION_YEARLY", "0", "years that a yearly backup is kept; 0: none", "integer"),
    Variable("REGISTRY_BACKUP_NAMESPACES", "${REGISTRY_APP_NAME}", "namespaces to back up", "list"),
    Variable("REGISTRY_BACKUP_RESOURCES", "*", "kinds of objects to back up", "list"),
    Variable("REGISTRY_BACKUP_RESOURCES_EXCLUDED", None, "kinds of objects to leave out", "list"),
    Variable("REGISTRY_BACKUP_CLUSTER_RESOURCES", "Y", "also objects without namespace: the volume's", "boolean"),
    Variable("REGISTRY_BACKUP_SNAPSHOT_VOLUMES", "N", "snapshots by the cloud, besides the files", "boolean"),
)
