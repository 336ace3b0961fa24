"""Removing what a component owns, and telling what stays and why."""
