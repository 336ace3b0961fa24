"""Runs one interleaving again: `python -m tests.model.bucket SEED [FAULT]`, with the PYTHONHASHSEED that it had."""

import sys

from solakube_regtool.objects.collector import ObjectCollector

from tests.model.bucket import faults
from tests.model.bucket.interleaving import Interleaving

seed, *fault = sys.argv[1:]
Interleaving(int(seed), getattr(faults, fault[0]) if fault else ObjectCollector).run()
