"""What a node needs before it can pull from a registry with a private authority, or with none."""
