"""What a release is made of: packages, the maintenance program as one file, and the lists of what is in them."""
