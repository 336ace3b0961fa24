"""What a short command takes, beside kubectl and crane."""
