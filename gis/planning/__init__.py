"""Where to dig when, with a proof."""

from gis.planning.horizon.problem import NEVER, Duct, Horizon, PlannedDig, price_of
from gis.planning.networks import Flags

__all__ = [
    "NEVER",
    "Duct",
    "Flags",
    "Horizon",
    "PlannedDig",
    "price_of",
]
