"""What one object tells by itself: whose it is, whether it changed, and as text. Pure."""
