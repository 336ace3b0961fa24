"""The registry's own programs: what they are configured to do, and what they find."""
