"""Programs and ports in a component's pods."""
