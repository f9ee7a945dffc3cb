"""Where to dig when, with a proof."""

from gis.planning.horizon.problem import (
    NEVER,
    Duct,
    DuctPlan,
    Horizon,
    PlannedDig,
    Worth,
    appraise,
    connect,
    leading_somewhere,
    price_of,
    serving_alone,
)
from gis.planning.instance_files import write_instance
from gis.planning.networks import Flags

__all__ = [
    "NEVER",
    "Duct",
    "DuctPlan",
    "Flags",
    "Horizon",
    "PlannedDig",
    "Worth",
    "appraise",
    "connect",
    "leading_somewhere",
    "price_of",
    "serving_alone",
    "write_instance",
]
