"""Backups of a registry into a folder, and out of it: docs/backup.md has the rules of order."""
