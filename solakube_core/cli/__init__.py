"""The `sk` command line."""
