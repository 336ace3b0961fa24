"""Users beside the admin: who may pull, who may push, and how the registry comes to know them."""
