"""What needs both halves: links over cable routes, digging that meets the network."""
