"""What digging costs."""

from gis.costs.basis import Costs, rests_on
from gis.costs.prices import (
    Basis,
    OwnPrice,
    PriceBook,
    PriceLevel,
    Surface,
    Technique,
    Total,
    common_depth,
    default_prices,
    discounts,
    joining_eur_per_m,
    joint_eur_per_m,
    own_eur_per_m,
    surface_of,
)

__all__ = [
    "Basis",
    "Costs",
    "OwnPrice",
    "PriceBook",
    "PriceLevel",
    "Surface",
    "Technique",
    "Total",
    "common_depth",
    "default_prices",
    "discounts",
    "joining_eur_per_m",
    "joint_eur_per_m",
    "own_eur_per_m",
    "rests_on",
    "surface_of",
]
