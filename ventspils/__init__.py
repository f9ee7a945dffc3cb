"""The municipal ICT infrastructure management centre: command, API, demo town and the core below them."""

__version__ = "0.1.0"

__all__ = ["__version__"]
