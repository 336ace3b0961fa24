"""Collection in an object storage, where nothing is renamed and nobody knows when something was read."""
