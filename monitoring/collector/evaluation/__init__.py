"""From the outcomes of a few seconds to rates, conditions and lines: arrays over all ports that were read in them."""

from monitoring.collector.evaluation.ports import Changes, Evaluator

__all__ = ["Changes", "Evaluator"]
