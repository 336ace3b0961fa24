"""A registry that has its images in a bucket of an object storage."""
