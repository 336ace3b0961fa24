"""A model of a registry at work, step by step, for tests of what runs beside it."""
