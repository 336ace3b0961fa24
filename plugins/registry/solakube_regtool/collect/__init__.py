"""A collection: the run and all its parts."""
