"""Digging together: chances, decisions about them, what they save, and the ledger of that."""
