"""The public entry: `python -m solakube_regtool`."""

from __future__ import annotations

import sys

from solakube_regtool.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
