"""Folders, whose data lies in them, and who works on it."""
