"""Routes of the digging half, one resource a file."""
