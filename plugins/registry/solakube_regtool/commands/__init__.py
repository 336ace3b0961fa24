"""One module for each command, named as it: `add_arguments(parser)` and `run(options, out) -> int`."""
