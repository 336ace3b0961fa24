"""Collecting in a bucket."""
