"""
Who lies in one trench with whom, street section by street section.

On a section a work's trench holds the work, what joined it, and works that were joined with it. A need, and the fibre
that sites want, lies in one trench only: what is served on a section is wanted there no more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gis.costs import Laid, Utility


@dataclass(frozen=True)
class Wish:
    """
    What a client lays where: metres that it opens of each street edge.

    A work (`is_work`) is dug anyway, so that others may join it; a need or fibre may only join.
    """

    id: str
    party: str
    laid: Laid
    metres: Mapping[int, float]
    is_work: bool


@dataclass(frozen=True)
class Join:
    """That a wish is dug with a work on these street edges, decided under the id of a chance."""

    id: str
    wanted: str
    work: str
    edges: tuple[int, ...]


@dataclass(frozen=True)
class Trench:
    """The ids of the wishes that lie in one trench on a street edge, two or more."""

    edge: int
    members: frozenset[str]


class Trenches:
    """What is dug together after joins, taken in the order of their decisions."""

    def __init__(self, wishes: Mapping[str, Wish], joins: Sequence[Join]) -> None:
        self.wishes = wishes
        self._groups: dict[tuple[int, str], frozenset[str]] = {}
        self.joins = tuple(taken for join in joins if (taken := self._take(join)).edges)

    def _take(self, join: Join) -> Join:
        """Put a join in on the edges where both still dig and it is free; return it with those."""
        edges = self.free_edges(join.wanted, join.work, join.edges)
        for edge in edges:
            members = self.members(edge, join.wanted) | self.members(edge, join.work)
            for member in members:
                self._groups[edge, member] = members
        return Join(join.id, join.wanted, join.work, edges)

    def members(self, edge: int, wish: str) -> frozenset[str]:
        """Return who lies in the trench of a wish on an edge, itself among them."""
        return self._groups.get((edge, wish)) or frozenset({wish})

    def is_served(self, edge: int, wish: str) -> bool:
        """Whether a wish is dug together with somebody on an edge."""
        return (edge, wish) in self._groups

    def free_edges(self, wanted: str, work: str, edges: Sequence[int]) -> tuple[int, ...]:
        """
        Return on which of these edges a wish may still join a work: where both dig, it is not served already, and its
        client does not lay the same there by another name.
        """
        one, other = self.wishes.get(wanted), self.wishes.get(work)
        if one is None or other is None or not other.is_work:
            return ()
        return tuple(
            edge
            for edge in edges
            if edge in one.metres
            and edge in other.metres
            and work not in self.members(edge, wanted)
            and (one.is_work or not self.is_served(edge, wanted))
            and self._laid_at(edge, wanted).isdisjoint(self._laid_at(edge, work))
        )

    def _laid_at(self, edge: int, wish: str) -> set[tuple[str, Utility]]:
        """Return which client lays what in the trench of a wish on an edge."""
        lying = (self.wishes[member] for member in self.members(edge, wish))
        return {(each.party, each.laid.utility) for each in lying}

    def more_parties(self, wanted: str, work: str) -> int:
        """Return with how many more parties one has to talk if a wish joins a work; none within one joint dig."""
        mine, theirs = self._parties_with(wanted), self._parties_with(work)
        if mine is theirs:
            return 0
        return len(mine | theirs) - len(mine) - len(theirs) + 1

    def _parties_with(self, wish: str) -> frozenset[str]:
        bundle = next((b for b in self.bundles if wish in b.works), None) if self.wishes[wish].is_work else None
        return self._bundle_parties[bundle.works] if bundle else frozenset({self.wishes[wish].party})

    @cached_property
    def _bundle_parties(self) -> dict[frozenset[str], frozenset[str]]:
        return {b.works: frozenset(self.wishes[client].party for client in b.clients) for b in self.bundles}

    @cached_property
    def bundles(self) -> list["DigBundle"]:
        """Return the joint digs: works joined with each other, however indirectly, with all that joined them."""
        of: dict[str, set[str]] = {}
        for join in self.joins:
            merged = set(of.get(join.work, {join.work}))
            if self.wishes[join.wanted].is_work:
                merged |= of.get(join.wanted, {join.wanted})
            for work in merged:
                of[work] = merged
        distinct = {id(works): works for works in of.values()}
        return [self._bundle(frozenset(works)) for works in distinct.values()]

    def _bundle(self, works: frozenset[str]) -> "DigBundle":
        joins = tuple(join for join in self.joins if join.work in works)
        edges = sorted({edge for join in joins for edge in join.edges})
        return DigBundle(works, joins, tuple(trench for edge in edges for trench in self._on(edge, works)))

    def _on(self, edge: int, works: frozenset[str]) -> Iterator[Trench]:
        groups = {self.members(edge, work) for work in works if self.is_served(edge, work)}
        yield from (Trench(edge, members) for members in sorted(groups, key=sorted))


@dataclass(frozen=True)
class DigBundle:
    """A joint dig: its works, the joins that made it in the order of their decisions, and its trenches by edge."""

    works: frozenset[str]
    joins: tuple[Join, ...]
    trenches: tuple[Trench, ...]

    @property
    def clients(self) -> frozenset[str]:
        """Return the ids of all wishes in it."""
        return frozenset().union(*(trench.members for trench in self.trenches))
