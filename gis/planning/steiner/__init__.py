"""Steiner trees with a proof of how good they are."""
