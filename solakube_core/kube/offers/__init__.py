"""What a cluster has to offer: permissions, storage, addresses."""
