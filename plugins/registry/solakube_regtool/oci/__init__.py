"""What a registry holds, in the terms of the OCI specifications: digests, names, manifests, images."""
