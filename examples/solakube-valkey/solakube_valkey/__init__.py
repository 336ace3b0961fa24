"""A Valkey cache as a component of SolaKube: an example of a plugin."""
