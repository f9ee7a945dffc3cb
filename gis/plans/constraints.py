"""
What a planner sets: a street or a site laid in a period, not in one, or never; put into the instance so that bounds
stay proofs.

A street that is to be laid is paid for whatever else happens: it costs nothing from then on, and its price is taken off
the budget and added to the plan's cost afterwards.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal  # JSON documents

import numpy as np

from gis.costs import Costs
from gis.planning import NEVER, Horizon, PlannedDig
from gis.streets import Floats, Ints, fold
from ventspils.core.errors import UsageError


@dataclass(frozen=True)
class Wish:
    """One street (by name or edges) or one site (by name): laid in a period (`lay_in`), `not_in` one, or `never`."""

    street: str | None
    edges: tuple[int, ...]
    site: str | None
    do: Literal["lay_in", "not_in", "never"]
    period: int | None

    def check(self) -> None:
        """
        Let a wish pass that names one thing, and a period where it needs one.

        Raises:
            UsageError: it does not.
        """
        if (self.street is not None) + bool(self.edges) + (self.site is not None) != 1:
            raise UsageError("A wish names one street, or edges, or one site.")
        if (self.do == "never") != (self.period is None):
            raise UsageError("A wish `lay_in` or `not_in` names its period, `never` names none.")

    def as_document(self) -> dict[str, Any]:
        """Return the wish as it is kept and given out."""
        return {**asdict(self), "edges": list(self.edges)}


@dataclass(frozen=True)
class Fixed:
    """
    A street edge that is laid whatever else: when, for how many EUR, what it would cost alone, and in whose dig or
    None.
    """

    edge: int
    period: int
    cost_eur: float
    alone_eur: float
    work: str | None


@dataclass
class Built:
    """
    An instance with what its numbers mean: `edges` are street edges by number, -1 for the way into a building.

    `fixed` are streets that are laid whatever else, `costs` how everything was priced, and `asked_budgets` what may be
    spent in each period before those are paid, where that differs from the horizon's.
    """

    horizon: Horizon
    edges: Ints
    notes: list[str] = field(default_factory=list)
    fixed: list[Fixed] = field(default_factory=list)
    costs: Costs | None = None
    asked_budgets: Floats | None = None

    @property
    def budgets(self) -> Floats | None:
        """Return what may be spent in each period, also on what is laid whatever else; None without a budget."""
        return self.horizon.budgets if self.asked_budgets is None else self.asked_budgets


def grant(built: Built, wishes: Sequence[Wish], street_names: Sequence[str], site_names: Sequence[str]) -> Built:
    """
    Return an instance with wishes put in.

    Raises:
        UsageError: a street, site or period that is not in the plan, wishes against each other, or a budget that is too
            small.
    """
    horizon, fixed, taken = built.horizon, list(built.fixed), set[int]()
    for wish in wishes:
        if wish.period is not None and wish.period >= len(built.horizon.names):
            raise UsageError(
                f"Period {wish.period} is none of the plan's, which are 0 to {len(built.horizon.names) - 1}."
            )
        edges = _edges_of(built, wish, street_names, site_names)
        if taken & set(edges.tolist()):
            raise UsageError(
                f"What is set about {wish.street or wish.site or list(wish.edges)} is set twice; say it once."
            )
        taken |= set(edges.tolist())
        if wish.do == "never" or wish.do == "not_in":
            horizon = _forbid(horizon, edges, None if wish.do == "never" else wish.period)
        elif wish.site is not None:
            horizon = _connect_in(horizon, site_names.index(wish.site), int(edges[0]), wish.period or 0)
        else:
            for edge in edges.tolist():
                horizon, laid = _lay(horizon, edge, wish.period or 0)
                fixed.append(laid)
    return replace(built, horizon=_pay(horizon, fixed), fixed=fixed, asked_budgets=built.budgets)


def _edges_of(built: Built, wish: Wish, street_names: Sequence[str], site_names: Sequence[str]) -> Ints:
    if wish.site is not None:
        if wish.site not in site_names:
            raise UsageError(f"Site {wish.site!r} is none of those that the plan connects.")
        return np.array([len(built.edges) - len(site_names) + site_names.index(wish.site)])
    if wish.street is not None:
        chosen = {edge for edge, name in enumerate(street_names) if fold(name) == fold(wish.street)}
    else:
        chosen = set(wish.edges)
    found = np.flatnonzero(np.isin(built.edges, sorted(chosen)))
    if not len(found):
        raise UsageError(f"Street {wish.street or list(wish.edges)} is not in the part of the town that is planned.")
    return found


def _without(work: PlannedDig, edges: Ints) -> PlannedDig:
    kept = ~np.isin(work.edges, edges)
    return replace(work, edges=work.edges[kept], joints=work.joints[kept])


def _forbid(horizon: Horizon, edges: Ints, period: int | None) -> Horizon:
    """
    Close edges in a period or in all, also to those digs that may have them open then; what a dig
    closes stays closed.
    """
    own = horizon.own.copy()
    own[edges, slice(None) if period is None else period] = math.inf
    works = []
    for work in horizon.works:
        if period is None or any(work.is_open(start, period) for start in work.starts):
            shut = [t for t in range(own.shape[1]) if any(work.is_closed(start, t) for start in work.starts)]
            for t in shut:
                own[np.intersect1d(edges, work.edges), t] = math.inf
            works.append(_without(work, edges))
        else:
            works.append(work)
    return replace(horizon, own=own, works=tuple(works))


def _connect_in(horizon: Horizon, site: int, way_in: int, period: int) -> Horizon:
    """Let a site be connected in one period and in no other, by its way in and a deadline."""
    own, deadlines = horizon.own.copy(), horizon.deadlines.copy()
    others = np.arange(own.shape[1]) != period
    own[way_in, others] = math.inf
    if deadlines[site] != NEVER and deadlines[site] < period:
        raise UsageError(f"Site {horizon.sites[site]!r} is to be connected before period {period}.")
    deadlines[site] = period
    return replace(horizon, own=own, deadlines=deadlines)


def _lay(horizon: Horizon, edge: int, period: int) -> tuple[Horizon, Fixed]:
    """Lay an edge in a period at the best price that is certain then; afterwards it costs nothing."""
    price, used = float(horizon.own[edge, period]), None
    mine = [(work, work.starts[int(np.argmin(work.shifts))]) for work in horizon.works if edge in work.edges]
    if any(work.is_closed(planned, period) for work, planned in mine):
        price = math.inf  # alone; another dig may have it open
    alone = (
        price
        if math.isfinite(price)
        else float(np.max(horizon.own[edge], initial=0.0, where=np.isfinite(horizon.own[edge])))
    )
    for work, planned in mine:
        at = np.flatnonzero(work.edges == edge)
        if work.is_open(planned, period) and float(work.joints[at[0]]) < price:
            price, used = float(work.joints[at[0]]), work.name
    if not math.isfinite(price):
        raise UsageError(f"A street that is to be laid in period {period} is closed then.")
    own = horizon.own.copy()
    own[edge, :period], own[edge, period:] = math.inf, 0.0
    only = np.array([edge])
    works = tuple(_held(_without(work, only), work.name == used) for work in horizon.works)
    return replace(horizon, own=own, works=works), Fixed(edge, period, price, alone or price, used)


def _held(work: PlannedDig, is_used: bool) -> PlannedDig:
    """Return a dig that keeps its planned start where a street is laid in it."""
    if not is_used:
        return work
    planned = int(np.argmin(work.shifts))
    return replace(work, starts=(work.starts[planned],), shifts=(work.shifts[planned],))


def _pay(horizon: Horizon, fixed: Sequence[Fixed]) -> Horizon:
    """Take what is laid whatever else off the budgets."""
    if horizon.budgets is None or not fixed:
        return horizon
    budgets = horizon.budgets.copy()
    for laid in fixed:
        budgets[laid.period] -= laid.cost_eur
    have = np.cumsum(budgets) if horizon.carry_over else budgets
    if (have < 0).any():
        period = int(np.flatnonzero(have < 0)[0])
        raise UsageError(f"The budget up to period {period} is too small for the streets that are to be laid.")
    if horizon.carry_over:  # what was spent of money saved before is not there any more
        budgets = np.diff(np.minimum.accumulate(have[::-1])[::-1], prepend=0.0)
    return replace(horizon, budgets=budgets)
