"""Metrics for Prometheus, and the alerts that go with them."""
