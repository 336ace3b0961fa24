"""Making a cluster hold what a plan says: drafted, checked, compared, rendered, applied."""
