"""The coordination of digging: streets, works, chances, plans, savings."""
