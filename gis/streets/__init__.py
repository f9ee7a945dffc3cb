"""The street graph of a town: what a dig opens, where words point, and the ground under maps."""
