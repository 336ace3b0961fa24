"""Where what is served tells the registry's own metrics."""

OF_REGISTRY = ("/metrics/registry", "/metrics/registry/reader")
"""Of its processes: the one that takes pushes first."""
