"""A registry's API, over HTTP."""
