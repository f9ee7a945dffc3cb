"""
Where a dig is that people describe by words: a street, from a crossing or a house to another, so many metres.

What cannot be told for certain is not guessed: the sentence says why, and which crossings there are.
"""

import difflib
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
import shapely.ops
from shapely.geometry.base import BaseGeometry

from gis.streets.graph import Floats, Ints, Streets
from ventspils.core.errors import VentspilsError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_APART_M = 300.0  # parts of one name that lie further apart are two streets
_DIFFERS = 0.25  # of the length that is written
_HOUSE_FROM_STREET_M = 150.0
_SHOWN = 8
_NUMBER = re.compile(r"\d+\s?[a-z]?(?:[-/]\d+\s?[a-z]?)?")
_HOUSE = re.compile(r"^(?P<street>.*\D)\s+(?P<number>\d+\s?[a-zA-Z]?(?:[-/]\d+\s?[a-zA-Z]?)?)$")


class UnplacedError(VentspilsError):
    """A description does not say for certain where it is; the sentence tells why."""


@dataclass(frozen=True)
class Described:
    """A place in words; `begin` and `end` are crossing streets or house numbers, `metres` how long it is said to be."""

    street: str
    begin: str = ""
    end: str = ""
    metres: float | None = None


@dataclass(frozen=True)
class PlacedStretch:
    """Street edges, the line along them, and what was taken for granted."""

    edges: Ints
    shape: BaseGeometry
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _End:
    """An end of a stretch: a node and, before a house, the edge there with its part from the house to the node."""

    node: int
    metres: float = 0.0
    edge: int | None = None
    part: BaseGeometry | None = None
    along_m: float = 0.0


def _shortest_between(us: Ints, vs: Ints, lengths: Floats, nodes: int) -> "csr_matrix":
    """Return the lengths between nodes; of two edges between the same nodes the shorter one counts."""
    from scipy.sparse import lil_matrix

    weights = lil_matrix((nodes, nodes))
    for k in np.argsort(-lengths, kind="stable").tolist():
        weights[us[k], vs[k]] = weights[vs[k], us[k]] = lengths[k]
    return weights.tocsr()


def fold(name: str) -> str:
    """Return a name without case, accents, punctuation and doubled blanks, so that two ways of writing it are one."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w/]+", " ", plain).split())


class Gazetteer:
    """The names of a street graph, with its crossings and houses."""

    def __init__(self, streets: Streets) -> None:
        self._streets = streets
        self._graph = streets.graph
        self._edges: dict[str, list[int]] = {}
        self._written: dict[str, str] = {}
        for edge, name in enumerate(streets.names):
            if name:
                self._edges.setdefault(fold(name), []).append(edge)
                self._written.setdefault(fold(name), name)
        self._names_at: list[set[str]] = [set() for _ in range(self._graph.nodes)]
        for name, edges in self._edges.items():
            for node in np.unique(np.concatenate([self._graph.us[edges], self._graph.vs[edges]])).tolist():
                self._names_at[node].add(name)
        self._houses: dict[tuple[str, str], tuple[float, float]] = {}
        houses = streets.houses
        for street, number, (x, y) in zip(houses.streets, houses.numbers, houses.xy_m.tolist(), strict=True):
            self._houses.setdefault((fold(street), fold(number).replace(" ", "")), (x, y))

    def names(self) -> list[str]:
        """Return the names of the streets."""
        return sorted(self._written.values())

    def crossings(self, street: str) -> list[str]:
        """Return the names of the streets that one meets; none of one that is unknown."""
        edges = self._edges.get(fold(street))
        if not edges:
            return []
        nodes = np.unique(np.concatenate([self._graph.us[edges], self._graph.vs[edges]])).tolist()
        return sorted(
            {self._written[name] for node in nodes for name in self._names_at[node]} - {self._written[fold(street)]}
        )

    def place(self, described: Described) -> PlacedStretch:
        """
        Return where a description lies.

        Raises:
            UnplacedError: the street or a crossing is unknown, or the words fit more than one place.
        """
        name, number = self._street_of(described.street)
        edges = np.array(self._edges[name], np.int64)
        if number and not described.begin:
            return self._around_house(name, number, edges, described)
        if not described.begin and not described.end:
            return self._whole(name, edges, described)
        if not (described.begin and described.end):
            known = described.begin or described.end
            raise UnplacedError(
                f"{described.street!r} is told from {known!r} on, but not to where; name the other end too."
            )
        return self._between(name, edges, described)

    def _street_of(self, written: str) -> tuple[str, str]:
        """Return the folded name of a street and the number of a house where the words end in one."""
        name = fold(written)
        if not name:
            raise UnplacedError("It names no street.")
        if name in self._edges:
            return name, ""
        found = _HOUSE.match(written.strip())
        if found and fold(found["street"]) in self._edges:
            return fold(found["street"]), found["number"]
        near = difflib.get_close_matches(name, self._edges, n=3, cutoff=0.75)
        hint = f"; did you mean {', '.join(self._written[n] for n in near)}?" if near else "."
        raise UnplacedError(f"There is no street {written.strip()!r} in this town{hint}")

    def _between(self, name: str, edges: Ints, described: Described) -> PlacedStretch:
        """Return the shortest way along one street between two ends."""
        from scipy.sparse.csgraph import dijkstra

        begins, ends = self._ends(name, edges, described.begin), self._ends(name, edges, described.end)
        if begins[0].edge is not None and begins[0].edge == ends[0].edge:
            return self._within_edge(begins[0], ends[0], described)
        nodes, local = np.unique(np.concatenate([self._graph.us[edges], self._graph.vs[edges]]), return_inverse=True)
        us, vs = local[: len(edges)], local[len(edges) :]
        lengths = self._graph.lengths_m[edges]
        number_of = {int(node): k for k, node in enumerate(nodes)}
        weights = _shortest_between(us, vs, lengths, len(nodes))
        far, before = dijkstra(weights, indices=[number_of[b.node] for b in begins], return_predecessors=True)
        ways = [
            (float(far[s, number_of[end.node]]) + begin.metres + end.metres, s, begin, end)
            for s, begin in enumerate(begins)
            for end in ends
        ]
        length_m, source, begin, end = min(ways, key=lambda way: way[0])
        if not math.isfinite(length_m):
            raise UnplacedError(
                f"There are two streets called {described.street!r}; {described.begin!r} and {described.end!r} lie "
                f"on different ones."
            )
        if length_m == 0.0:
            raise UnplacedError(
                f"{described.begin!r} and {described.end!r} are the same place on {described.street!r}."
            )
        parts = {tuple(np.flatnonzero(np.isfinite(far[s])).tolist()) for m, s, _, _ in ways if math.isfinite(m)}
        if len(parts) > 1:
            raise UnplacedError(
                f"There are two streets called {described.street!r} between {described.begin!r} and {described.end!r}."
            )
        path = self._walk(before[source], number_of[end.node], us, vs, lengths, edges)
        houses = [(x.edge, x.part) for x in (begin, end) if x.edge is not None and x.part is not None]
        lines = [*self._graph.shapes[path].tolist(), *(part for _, part in houses)]
        touched = np.unique(np.concatenate([path, np.array([edge for edge, _ in houses], np.int64)]))
        return PlacedStretch(
            touched, shapely.line_merge(shapely.multilinestrings(lines)), self._compare(described.metres, length_m)
        )

    def _within_edge(self, begin: "_End", end: "_End", described: Described) -> PlacedStretch:
        """Return the part of one edge between two houses."""
        assert begin.edge is not None
        line = self._graph.shapes[begin.edge]
        first, last = sorted((begin.along_m, end.along_m))
        if first == last:
            raise UnplacedError(
                f"{described.begin!r} and {described.end!r} are the same place on {described.street!r}."
            )
        part = shapely.ops.substring(line, first, last)
        return PlacedStretch(np.array([begin.edge]), part, self._compare(described.metres, last - first))

    @staticmethod
    def _walk(before: Ints, node: int, us: Ints, vs: Ints, lengths: Floats, edges: Ints) -> Ints:
        path = []
        while before[node] >= 0:
            previous = int(before[node])
            joins = ((us == previous) & (vs == node)) | ((us == node) & (vs == previous))
            candidates = np.flatnonzero(joins)
            path.append(int(edges[candidates[np.argmin(lengths[candidates])]]))
            node = previous
        return np.array(path[::-1], np.int64)

    def _ends(self, name: str, edges: Ints, written: str) -> list["_End"]:
        """Return where a street may end: at the nodes of a crossing, or on either way from before a house."""
        crossing = fold(written)
        nodes = np.unique(np.concatenate([self._graph.us[edges], self._graph.vs[edges]])).tolist()
        if _NUMBER.fullmatch(crossing):
            return self._ends_at_house(edges, shapely.Point(*self._house(name, written)))
        if found := [node for node in nodes if crossing in self._names_at[node]]:
            return [_End(node) for node in found]
        crossed = self.crossings(name)
        told = f"it crosses {', '.join(crossed[:_SHOWN])}" if crossed else "no named street crosses it"
        raise UnplacedError(f"{self._written[name]!r} does not cross {written.strip()!r}; {told}.")

    def _ends_at_house(self, edges: Ints, house: shapely.Point) -> list["_End"]:
        edge = int(edges[int(np.argmin(shapely.distance(self._graph.shapes[edges], house)))])
        line = self._graph.shapes[edge]
        along = float(line.project(house))
        first, last = int(self._graph.us[edge]), int(self._graph.vs[edge])
        ends = ((first, 0.0, along), (last, along, float(line.length)))
        return [
            _End(node, stop - start, edge, shapely.ops.substring(line, start, stop) if stop > start else None, along)
            for node, start, stop in ends
        ]

    def _house(self, name: str, number: str) -> tuple[float, float]:
        found = self._houses.get((name, fold(number).replace(" ", "")))
        if found is None:
            known = "no house numbers are known of it" if all(s != name for s, _ in self._houses) else "it is not known"
            raise UnplacedError(f"House {number.strip()} of {self._written[name]!r} cannot be found: {known}.")
        return found

    def _around_house(self, name: str, number: str, edges: Ints, described: Described) -> PlacedStretch:
        """Return the stretch of a street before a house, as long as it is said to be or else the edge there."""
        house = shapely.Point(*self._house(name, number))
        away = shapely.distance(self._graph.shapes[edges], house)
        edge = int(edges[int(np.argmin(away))])
        if away.min() > _HOUSE_FROM_STREET_M:
            raise UnplacedError(f"House {number} lies {away.min():.0f} m from {self._written[name]!r}.")
        line = self._graph.shapes[edge]
        note = "placed in the street before the house; where it leaves the street is not known"
        if described.metres is None or described.metres >= line.length:
            return PlacedStretch(np.array([edge]), line, (note,))
        middle = min(max(line.project(house), described.metres / 2), line.length - described.metres / 2)
        part = shapely.ops.substring(line, middle - described.metres / 2, middle + described.metres / 2)
        return PlacedStretch(np.array([edge]), part, (note,))

    def _whole(self, name: str, edges: Ints, described: Described) -> PlacedStretch:
        """Return a street as a whole; one that lies in parts far from each other is two streets."""
        shape = shapely.line_merge(shapely.multilinestrings(self._graph.shapes[edges].tolist()))
        parts = shapely.union_all(shapely.buffer(self._graph.shapes[edges], _APART_M / 2))
        if shapely.get_num_geometries(parts) > 1:
            raise UnplacedError(
                f"There are {shapely.get_num_geometries(parts)} streets called {described.street!r}; name two "
                f"crossings."
            )
        length_m = float(self._graph.lengths_m[edges].sum())
        if described.metres is not None and abs(described.metres - length_m) > _DIFFERS * length_m:
            raise UnplacedError(
                f"{self._written[name]!r} is {length_m:.0f} m long and {described.metres:.0f} m are meant; say from "
                f"where to where."
            )
        return PlacedStretch(edges, shape)

    @staticmethod
    def _compare(metres: float | None, length_m: float) -> tuple[str, ...]:
        if metres is None or abs(metres - length_m) <= _DIFFERS * max(metres, length_m):
            return ()
        return (f"{metres:.0f} m are written, between the two ends are {length_m:.0f} m; the ends hold",)
