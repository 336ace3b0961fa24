"""The registry component: a private container registry, deployed, exposed and maintained.

What is deployed is the CNCF distribution registry, unchanged, with a maintenance program beside it.
"""
