"""What a component owns in a cluster, and who else has a hand in it."""
