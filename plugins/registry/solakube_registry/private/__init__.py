"""Use as the private registry of applications: which one, the right to pull, the proof that it works, trust."""
