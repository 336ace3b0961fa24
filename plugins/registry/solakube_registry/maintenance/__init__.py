"""The registry's upkeep as the operator's machine sees it."""
