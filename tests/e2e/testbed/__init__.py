"""Makes what the end-to-end tests need on any machine: programs, a Docker engine, images, a Kubernetes cluster.

Published images are taken where they can be pulled; elsewhere the same is built from Go modules and Debian
packages, once, and kept in a cache folder. `python -m tests.e2e.testbed` makes everything ahead of the tests.
It uses the standard library alone, so it runs before anything is installed.
"""
