"""Benchmarks of users: what the proxy and the hashes cost."""
