"""What the cluster names."""
