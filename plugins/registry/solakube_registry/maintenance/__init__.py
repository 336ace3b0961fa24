"""The registry's maintenance as the operator's machine sees it."""
