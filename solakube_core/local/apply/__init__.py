"""Deploying on this machine: ordered, shown, written down, started."""
