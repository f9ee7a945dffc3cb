"""What there is to plan with: streets, digs, sites, prices, what is closed and what lies in the ground already."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any  # shapes

import numpy as np
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gis.costs import Laid, PriceBook, utility_of
from gis.register import (
    Closed,
    Work,
    WorkVersion,
    has_fibre,
    lit_nodes,
    load_prices,
    load_town,
    outline_of,
    present_moratoria,
    present_routes,
    present_sites,
)
from gis.streets import Ints, Streets


@dataclass(frozen=True)
class Dig:
    """
    A work as the planner sees it; `shape` in the town's CRS, `earliest_on` and `latest_on` bound its start, `depth_m`
    is how deep it digs and `diameter_mm` how thick its pipe is, None where nobody said so.
    """

    id: str
    title: str
    kind: str
    starts_on: date
    ends_on: date | None
    earliest_on: date | None
    latest_on: date | None
    moving_eur_per_month: float | None
    depth_m: float | None
    shape: Any
    diameter_mm: float | None = None

    @property
    def laid(self) -> Laid:
        """Return what lies in its trench."""
        return Laid(utility_of(self.kind), self.depth_m, self.diameter_mm)


@dataclass(frozen=True)
class DemandSite:
    """A site or a root; x and y in the town's CRS."""

    id: str
    name: str
    x_m: float
    y_m: float
    has_fibre: bool
    prize_eur_per_year: float
    connect_by: date | None


@dataclass(frozen=True)
class PlanInputs:
    """
    The town as a plan begins from it; `version` changes with whatever of it may change a plan.

    `closed` are places closed to digging, `lit` the street nodes on cable routes with fibre, and `free_routes` the
    lines (WKB) of routes with a duct free, along which only a cable is to be paid.
    """

    streets: Streets
    digs: Sequence[Dig]
    sites: Sequence[DemandSite]
    book: PriceBook
    closed: Sequence[Closed] = ()
    lit: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    free_routes: Sequence[bytes] = ()
    version: str = ""


def load_inputs(session: Session) -> PlanInputs:
    """
    Return what the register holds.

    Raises:
        UsageError: there are no streets yet.
    """
    town = load_town(session)
    digs = _present_digs(session)
    sites, routes = present_sites(session), present_routes(session)
    return PlanInputs(
        town.streets,
        digs,
        [DemandSite(s.id, s.name, s.x_m, s.y_m, has_fibre(s), s.prize_eur_per_year, s.connect_by) for s in sites],
        load_prices(session),
        closed=present_moratoria(session),
        lit=lit_nodes(session, town),
        free_routes=[route.shape for route in routes if route.free_ducts > 0],
        version=register_version(session),
    )


def register_version(session: Session) -> str:
    """
    Return what changes with whatever in the register may change a plan; it begins with the version of the streets.

    Raises:
        UsageError: there are no streets yet.
    """
    changes = session.scalar(select(func.count()).select_from(WorkVersion))
    sites = [(s.id, has_fibre(s), s.prize_eur_per_year, s.connect_by) for s in present_sites(session)]
    routes = [(route.id, route.version) for route in present_routes(session)]
    closed = [(place.since, place.until, shapely.to_wkb(place.shape).hex()) for place in present_moratoria(session)]
    prices = sorted((name, price.low, price.mid, price.high) for name, price in load_prices(session).prices.items())
    told = repr((changes, sorted(sites), sorted(routes), sorted(closed), prices))
    return f"{load_town(session).version[:12]}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def _present_digs(session: Session) -> list[Dig]:
    rows = session.scalars(
        select(Work)
        .where(Work.removed_at.is_(None), Work.sort == "work", Work.stage != "cancelled", Work.starts_on.is_not(None))
        .order_by(Work.id)
    )
    return [
        Dig(
            w.id,
            w.title,
            w.kind,
            w.starts_on or date.min,
            w.ends_on,
            w.earliest_on,
            w.latest_on,
            w.moving_eur_per_month,
            w.depth_m,
            outline,
            w.diameter_mm,
        )
        for w in rows
        if (outline := outline_of(w)) is not None
    ]
