"""Maintenance of large registries, against distribution's own collector, crane and regctl."""
