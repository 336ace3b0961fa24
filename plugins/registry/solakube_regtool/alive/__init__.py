"""What is alive: the one definition of what must stay."""
