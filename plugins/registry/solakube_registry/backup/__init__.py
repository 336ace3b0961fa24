"""Backups of the registry by Velero: schedules, or the reason why there are none."""
