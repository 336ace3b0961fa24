"""The registry's chart-values.yaml: what it may say, and what of it has another effect here."""
