"""What digging costs."""

from gis.costs.basis import Costs, pulled_eur_per_m, rests_on
from gis.costs.ducts import joint_eur_per_m, material_eur_per_m, own_eur_per_m
from gis.costs.groups import PriceGroup, group_of, reading_order
from gis.costs.prices import (
    Basis,
    OwnPrice,
    PriceBook,
    PriceLevel,
    Surface,
    Technique,
    Total,
    default_prices,
    discounts,
    surface_of,
)
from gis.costs.trench import Part, TrenchItem, TrenchPrice, coordination_eur, trench_eur_per_m
from gis.costs.utilities import Laid, Utility, utility_of

__all__ = [
    "Basis",
    "Costs",
    "Laid",
    "OwnPrice",
    "Part",
    "PriceBook",
    "PriceGroup",
    "PriceLevel",
    "Surface",
    "Technique",
    "Total",
    "TrenchItem",
    "TrenchPrice",
    "Utility",
    "coordination_eur",
    "default_prices",
    "discounts",
    "group_of",
    "joint_eur_per_m",
    "material_eur_per_m",
    "own_eur_per_m",
    "pulled_eur_per_m",
    "reading_order",
    "rests_on",
    "surface_of",
    "trench_eur_per_m",
    "utility_of",
]
