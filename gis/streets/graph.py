"""
The street graph: lines split where they meet, as arrays, in the metric CRS of the town.

Lines meet where they share a vertex, as ways of OpenStreetMap do; two that only cross, a bridge over a road, do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Shapes = npt.NDArray[np.object_]

_GRID_M = 0.01  # vertices closer than that are the same place


@dataclass(frozen=True)
class StreetGraph:
    """
    Street edges between nodes.

    Args:
        shapes: Line of each edge in metres, of shape (edges,).
        us, vs: Nodes at its ends, numbered from 0.
        sources: Number of the line that each edge is a part of.
        node_xy: Places of the nodes in metres, of shape (nodes, 2).
    """

    shapes: Shapes
    us: Ints
    vs: Ints
    sources: Ints
    node_xy: Floats

    @property
    def nodes(self) -> int:
        """Return how many nodes there are."""
        return len(self.node_xy)

    @property
    def lengths_m(self) -> Floats:
        """Return the length of each edge."""
        return np.asarray(shapely.length(self.shapes))


def build_graph(lines: Shapes) -> StreetGraph:
    """
    Return the graph of lines, split at every vertex that two of them share or at which one meets itself.

    Args:
        lines: LineStrings in metres, of shape (lines,); empty ones and ones without length are left out.
    """
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    keys = np.round(coordinates / _GRID_M).astype(np.int64)
    keep = np.ones(len(owner), np.bool_)
    keep[1:] = (owner[1:] != owner[:-1]) | (keys[1:] != keys[:-1]).any(axis=1)
    coordinates, owner, keys = coordinates[keep], owner[keep], keys[keep]
    single = np.bincount(owner)[owner] < 2  # nothing is left of a line of one place
    coordinates, owner, keys = coordinates[~single], owner[~single], keys[~single]
    if not len(owner):
        empty = np.empty(0, np.int64)
        return StreetGraph(np.empty(0, np.object_), empty, empty, empty, np.empty((0, 2)))
    _, place, uses = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    place = place.ravel()
    is_first = np.diff(owner, prepend=-1) != 0
    is_last = np.append(is_first[1:], True)
    breaks = is_first | is_last | (uses[place] > 1)
    return _cut(coordinates, owner, place, breaks, is_first)


def _cut(
    coordinates: Floats, owner: Ints, place: Ints, breaks: npt.NDArray[np.bool_], is_first: npt.NDArray[np.bool_]
) -> StreetGraph:
    """Cut runs of vertices at the breaks; a vertex at a break ends one edge and begins the next."""
    at = np.flatnonzero(breaks)
    begins, ends = at[:-1], at[1:]
    is_edge = ~is_first[ends]
    begins, ends = begins[is_edge], ends[is_edge]
    sizes = ends - begins + 1
    edge = np.repeat(np.arange(len(sizes)), sizes)
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    shapes = shapely.linestrings(coordinates[np.repeat(begins, sizes) + within], indices=edge)
    nodes, numbers = np.unique(np.concatenate([place[begins], place[ends]]), return_inverse=True)
    first_of_place = np.zeros(place.max() + 1, np.int64)
    first_of_place[place[::-1]] = np.arange(len(place))[::-1]
    count = len(begins)
    return StreetGraph(
        np.asarray(shapes), numbers[:count], numbers[count:], owner[begins], coordinates[first_of_place[nodes]]
    )


def components(graph: StreetGraph) -> Ints:
    """Return for each node the number of its connected part, the largest part being 0."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    links = coo_matrix((np.ones(len(graph.us)), (graph.us, graph.vs)), shape=(graph.nodes, graph.nodes))
    _, label = connected_components(links, directed=False)
    order = np.argsort(-np.bincount(label), kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return np.asarray(rank[label])


@dataclass(frozen=True)
class Houses:
    """Houses: their streets and numbers as written, and their places in the town's CRS, of shape (houses, 2)."""

    streets: Sequence[str]
    numbers: Sequence[str]
    xy_m: Floats


@dataclass(frozen=True)
class Streets:
    """
    The graph with what is known of each edge: its name, kind (`highway` of OpenStreetMap), surface, and whether it is a
    bridge.
    """

    graph: StreetGraph
    names: list[str]
    kinds: list[str]
    surfaces: list[str]
    bridges: npt.NDArray[np.bool_]
    houses: Houses = field(default_factory=lambda: Houses((), (), np.empty((0, 2))))
