"""HTTP as the program speaks it, to registries and to object storages."""
