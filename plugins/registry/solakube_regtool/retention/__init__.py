"""Which tags a policy keeps."""
