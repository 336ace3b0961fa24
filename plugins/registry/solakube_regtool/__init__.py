"""Maintenance of a registry's data, beside the registry at work: `python -m solakube_regtool`.

Standard library alone, Python 3.9 and later: it is mounted from a ConfigMap into any Python image.
"""
