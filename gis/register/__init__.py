"""What is kept of works, streets, sites and plans."""

from gis.register.adopted_plan import AdoptedPlan, LaidSection, is_on_streets, load_adopted, sections_laid
from gis.register.models import (
    CableRoute,
    DigSite,
    JointWork,
    LedgerEntry,
    LedgerReport,
    LedgerYear,
    Opportunity,
    Party,
    PlanAdoption,
    PlanRow,
    Work,
    WorkVersion,
)
from gis.register.moratoria import Closed, make_moratoria, present_moratoria
from gis.register.prices import load_prices
from gis.register.routes import lit_nodes, present_routes
from gis.register.sites import has_fibre, present_sites
from gis.register.streets import TownStreets, load_town
from gis.register.works import outline_of, seen_by

__all__ = [
    "AdoptedPlan",
    "CableRoute",
    "Closed",
    "DigSite",
    "JointWork",
    "LaidSection",
    "LedgerEntry",
    "LedgerReport",
    "LedgerYear",
    "Opportunity",
    "Party",
    "PlanAdoption",
    "PlanRow",
    "TownStreets",
    "Work",
    "WorkVersion",
    "has_fibre",
    "is_on_streets",
    "lit_nodes",
    "load_adopted",
    "load_prices",
    "load_town",
    "make_moratoria",
    "outline_of",
    "present_moratoria",
    "present_routes",
    "present_sites",
    "sections_laid",
    "seen_by",
]
