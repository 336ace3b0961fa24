"""`sk deploy registry` against `helm install --wait` of a chart of the same shape."""
