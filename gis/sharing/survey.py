"""What the register holds for digging together: who wants what, whose work may be joined, who opens which streets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.costs import Laid, PriceBook, Utility, surface_of, utility_of
from gis.register import (
    Opportunity,
    Party,
    TownStreets,
    Work,
    has_fibre,
    lit_nodes,
    load_adopted,
    load_prices,
    load_town,
    outline_of,
    present_sites,
)
from gis.sharing.joint_costs import JointCosts
from gis.sharing.opportunities import (
    FIBRE,
    Offer,
    Pair,
    PartyRules,
    Wanted,
    each_pair_once,
    fibre_routes,
    find_pairs,
    metres_opened,
)
from gis.sharing.trenches import Wish
from gis.streets import FURTHEST_SITE_M, nearest_nodes


@dataclass(frozen=True)
class Survey:
    """
    The town as chances are found from it.

    Attributes:
        version: Of the streets, whose edges everything else is told by.
        wishes: What is dug or wanted, by id; works that were called off are not there.
        offers: Works that may be joined, by id.
        pairs: What is near which of them, each pair of two works once.
        costs: Prices.
        rules: Of each party.
        plan_edges: On which edges the adopted plan lays fibre with which work; None where no plan was adopted.
    """

    version: str
    wishes: Mapping[str, Wish]
    offers: Mapping[str, Offer]
    pairs: Sequence[Pair]
    costs: JointCosts
    rules: Mapping[str, PartyRules]
    plan_edges: Mapping[str, tuple[int, ...]] | None


def load_rules(session: Session) -> dict[str, PartyRules]:
    """Return the rules of each party."""
    return {
        p.name: PartyRules(p.within_m, p.within_days, p.least_share, p.join_weeks)
        for p in session.scalars(select(Party))
    }


def survey(session: Session, today: date, fibre_party: str) -> Survey:
    """
    Return what the register holds now.

    Raises:
        UsageError: there are no streets yet.
    """
    town, book, rules = load_town(session), load_prices(session), load_rules(session)
    fits = (Work.removed_at.is_(None), Work.stage != "cancelled", Work.sort != "request")
    rows = [row for row in session.scalars(select(Work).where(*fits).order_by(Work.id)) if outline_of(row) is not None]
    wishes = _wishes(rows, town)
    offers = {row.id: offer for row in rows if (offer := _offer(row, today)) is not None}
    wanted = [want for row in rows if (want := _wanted(row, today)) is not None]
    pairs = each_pair_once(find_pairs(wanted, list(offers.values()), wishes, rules))
    planned = plan_edges(session, town)
    fibre = _fibre_pairs(session, town, book, fibre_party, offers, wishes, planned)
    wishes[FIBRE] = _fibre_wish(session, town, fibre_party, fibre)
    surfaces = [surface_of(k, s) for k, s in zip(town.streets.kinds, town.streets.surfaces, strict=True)]
    return Survey(town.version, wishes, offers, [*pairs, *fibre], JointCosts(book, surfaces), rules, planned)


def _wishes(rows: Sequence[Work], town: TownStreets) -> dict[str, Wish]:
    shapes = [outline for row in rows if (outline := outline_of(row)) is not None]
    return {
        row.id: Wish(
            row.id,
            row.promoter or "?",
            Laid(utility_of(row.kind), row.depth_m, row.diameter_mm),
            metres,
            row.sort == "work",
        )
        for row, metres in zip(rows, metres_opened(shapes, town.streets), strict=True)
    }


def _offer(row: Work, today: date) -> Offer | None:
    outline = outline_of(row)
    if row.sort != "work" or row.stage == "done" or row.is_emergency or row.starts_on is None or outline is None:
        return None
    if row.ends_on is not None and row.ends_on < today:
        return None
    return Offer(row.id, row.promoter, row.starts_on, row.ends_on, row.tender_on, outline)


def _wanted(row: Work, today: date) -> Wanted | None:
    """Return what a need, or a dig that has not begun, wants."""
    outline = outline_of(row)
    if outline is None or row.stage == "done" or row.is_emergency:
        return None
    earliest, latest = row.earliest_on or row.starts_on, row.latest_on or row.ends_on or row.starts_on
    if row.sort == "work" and (row.starts_on is None or row.starts_on <= today):
        return None
    if latest is not None and latest < today:
        return None
    return Wanted(row.id, row.promoter, earliest, latest, outline, row.after_work_id)


def plan_edges(session: Session, town: TownStreets) -> dict[str, tuple[int, ...]] | None:
    """Return on which edges the adopted plan lays fibre with which work; None where none is, or its streets are not."""
    plan = load_adopted(session)
    if plan is None or not plan.is_on(town.version):
        return None
    found: dict[str, list[int]] = {}
    for laid in plan.laid:
        if laid.work is not None:
            found.setdefault(laid.work, []).append(laid.edge)
    return {work: tuple(sorted(edges)) for work, edges in found.items()}


def _fibre_pairs(
    session: Session,
    town: TownStreets,
    book: PriceBook,
    party: str,
    offers: Mapping[str, Offer],
    wishes: Mapping[str, Wish],
    planned: Mapping[str, tuple[int, ...]] | None,
) -> list[Pair]:
    """
    Return fibre beside works: what the adopted plan lays with them, or without one where works lie on the cheapest ways
    to buildings.
    """
    if planned is not None:
        return [
            Pair(FIBRE, party, offers[work], edges, is_planned=True)
            for work, edges in planned.items()
            if work in offers
        ]
    ways = set(_fibre_edges(session, town, book).tolist())
    found = []
    for offer in offers.values():
        edges = tuple(sorted(ways & wishes[offer.id].metres.keys()))
        if edges and offer.party != party:
            found.append(Pair(FIBRE, party, offer, edges))
    return found


def _fibre_edges(session: Session, town: TownStreets, book: PriceBook) -> np.ndarray:
    """Return the edges of the cheapest ways from where fibre is to the buildings that want it."""
    sites, graph = present_sites(session), town.streets.graph
    if not sites or not graph.nodes:
        return np.empty(0, np.int64)
    nodes, far = nearest_nodes(graph.node_xy, np.array([[s.x_m, s.y_m] for s in sites]))
    near, has = far <= FURTHEST_SITE_M, np.array([has_fibre(s) for s in sites], np.bool_)
    roots = np.union1d(nodes[near & has], lit_nodes(session, town))
    return fibre_routes(town.streets, roots, nodes[near & ~has], book)


def _fibre_wish(session: Session, town: TownStreets, party: str, pairs: Sequence[Pair]) -> Wish:
    """Return the fibre of the town: on the edges where it may join somebody, and where it has."""
    accepted = select(Opportunity).where(
        Opportunity.wanted == FIBRE, Opportunity.state == "accepted", Opportunity.streets_version == town.version
    )
    edges = {edge for pair in pairs for edge in pair.edges}
    edges |= {edge for row in session.scalars(accepted) for edge in row.edges}
    lengths = town.streets.graph.lengths_m
    return Wish(
        FIBRE, party, Laid(Utility.FIBRE), {edge: round(float(lengths[edge]), 2) for edge in sorted(edges)}, False
    )
