"""chart-values.yaml: read, checked, its references replaced, and laid over the defaults key by key.

`loading.load_values` reads files and brings the YAML parser with it; `overlay` and `schema` are plain.
"""
