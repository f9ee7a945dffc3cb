"""What digging costs."""
