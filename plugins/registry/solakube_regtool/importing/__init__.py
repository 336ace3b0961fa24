"""Taking images of another registry, or of a foreign data folder, into a registry by its API."""
