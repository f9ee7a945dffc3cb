"""The command `ventspils`."""
