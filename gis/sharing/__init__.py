"""Digging together: chances, decisions about them, what they save, and the ledger of that."""

from gis.sharing import ledger

__all__ = [
    "ledger",
]
