"""From the outcomes of a few seconds to rates, conditions and lines: arrays over all ports that were read in them."""

from monitoring.collector.evaluation.evaluator import Evaluator
from monitoring.collector.evaluation.standing import Changes

__all__ = ["Changes", "Evaluator"]
