"""Benchmarks: each measures against peers in one run and prints ratios. None of them is a test."""
