"""What commands look at: a registry's data folder, or its API."""
