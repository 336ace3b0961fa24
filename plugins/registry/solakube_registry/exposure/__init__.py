"""How the registry is reached from outside, and with which certificate. Pure: objects are returned."""
