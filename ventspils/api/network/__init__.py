"""Routes of the network half, one resource a file."""
