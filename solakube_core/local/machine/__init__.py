"""This machine's processes, ports, programs and paths."""
