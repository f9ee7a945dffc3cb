"""The list of a plan: metres by half-year, street, surface, depth and dig, as its map shows them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any  # JSON documents

from gis.costs import Costs, PriceLevel
from gis.plans.answers import LaidDuct, PlanAnswer
from gis.plans.constraints import Built
from gis.plans.laid_ducts import costs, costs_alone

Json = dict[str, Any]


@dataclass(frozen=True, order=True)
class _Row:
    """What is told together: one street (or the ways into buildings, None) of one surface, with one dig or alone."""

    period: int
    is_way_in: bool
    street: str
    surface: str
    work: str


def list_streets(built: Built, answer: PlanAnswer, street_names: Sequence[str | None]) -> list[Json]:
    """
    Return the rows of the list in order; none of an instance without prices.

    Cable chambers and lines that are crossed are those that are usual for so many metres; whoever's dig it goes with
    crosses the lines there.
    """
    if built.costs is None:
        return []
    rows: defaultdict[_Row, list[LaidDuct]] = defaultdict(list)
    for duct in answer.build:
        rows[_row_of(built, built.costs, duct, street_names)].append(duct)
    return [_describe(built, built.costs, row, rows[row]) for row in sorted(rows)]


def _row_of(built: Built, priced: Costs, duct: LaidDuct, street_names: Sequence[str | None]) -> _Row:
    street = int(built.edges[duct.edge])
    if street < 0:
        return _Row(duct.period, True, "", "", duct.work or "")
    surface = priced.surfaces[duct.edge].value
    return _Row(duct.period, False, street_names[street] or "", surface, duct.work or "")


def _describe(built: Built, priced: Costs, row: _Row, laid: Sequence[LaidDuct]) -> Json:
    first_way = len(priced.lengths_m)
    metres = sum(float(priced.ways_m[d.edge - first_way] if row.is_way_in else priced.lengths_m[d.edge]) for d in laid)
    spacing_m = priced.book.price("handhole.spacing").at(PriceLevel.MID)
    crossed_per_m = 0.0 if row.work else priced.book.price("crossing.per_100_m").at(priced.level) / 100
    return {
        "period": row.period,
        "name": built.horizon.names[row.period],
        "street": row.street or None,
        "is_way_in": row.is_way_in,
        "surface": row.surface or None,
        "work_id": row.work or None,
        "depth_m": _depth_m(priced, row),
        "sections": len(laid),
        "metres": round(metres, 1),
        "chambers": round(metres / spacing_m, 1),
        "crossings": round(metres * crossed_per_m, 1),
        "cost_eur": round(sum(costs(built, laid)), 2),
        "alone_eur": round(sum(costs_alone(built, laid)), 2),
        "edges": [] if row.is_way_in else sorted(int(built.edges[d.edge]) for d in laid),
    }


def _depth_m(priced: Costs, row: _Row) -> float | None:
    """Return how deep the trench is: that of the dig where it is known, else that of an open trench of one's own."""
    if row.work:
        return priced.digs[row.work].depth_m if row.work in priced.digs else None
    return priced.book.price("duct.depth").at(priced.level) if len(priced.techniques) == 1 else None
