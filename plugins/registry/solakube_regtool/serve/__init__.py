"""What stays up beside the registry answers over HTTP."""
