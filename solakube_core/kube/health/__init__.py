"""How what was deployed is doing, and why it is not ready."""
