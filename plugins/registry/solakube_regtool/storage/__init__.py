"""The registry's data folder: what lies in it, and taking single things away."""
