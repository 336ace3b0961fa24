"""The public entry without a script: `python -m solakube_core`."""

from __future__ import annotations

from solakube_core.entry import main

if __name__ == "__main__":
    main()
