"""
Which street edges a dig opens, and which digs are near each other: in place by distance, on arrays with one index of
boxes.

A dig that is an area opens what lies in it; one that is drawn as a line or point opens what lies within a distance of
it.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis.streets.graph import Floats, Ints, Shapes

MATCH_M = 3.0  # how far from a street a dig may be drawn and still open it
LEAST_SHARE = 0.1  # of an edge; less is an end that touches it
FURTHEST_SITE_M = 250.0  # how far from a street a site may lie and still be connected along it


@dataclass(frozen=True)
class Opened:
    """
    Pairs of a dig and an edge that it opens: their numbers, and which share of the edge's length it covers, from 0 to
    1.
    """

    digs: Ints
    edges: Ints
    shares: Floats


@dataclass(frozen=True)
class Near:
    """
    Pairs of things near each other: their numbers, the first below the second, and how far apart
    they are in metres.
    """

    firsts: Ints
    seconds: Ints
    distances_m: Floats


def match_edges(digs: Shapes, edges: Shapes, *, within_m: float) -> Opened:
    """
    Return the edges that each dig touches within a distance, with the share covered.

    Args:
        digs: Shapes of any kind in metres, of shape (digs,); empty ones match nothing.
        edges: Lines in metres, of shape (edges,).
        within_m: How far from an edge a dig may be drawn and still open it.
    """
    tree = shapely.STRtree(edges)
    dig, edge = tree.query(digs, predicate="dwithin", distance=within_m)
    if not len(dig):
        return Opened(dig.astype(np.int64), edge.astype(np.int64), np.empty(0))
    grown = shapely.buffer(digs, within_m, quad_segs=4)
    covered = shapely.length(shapely.intersection(edges[edge], grown[dig]))
    length = shapely.length(edges[edge])
    shares = np.divide(covered, length, out=np.zeros(len(length)), where=length > 0)
    return Opened(dig.astype(np.int64), edge.astype(np.int64), np.clip(shares, 0, 1))


def opened_edges(dig: BaseGeometry, edges: Shapes) -> list[tuple[int, float]]:
    """Return the street edges that one dig opens, with the share of each that it covers."""
    found = match_edges(np.array([dig], np.object_), edges, within_m=MATCH_M)
    opens = found.shares >= LEAST_SHARE
    return sorted(zip(found.edges[opens].tolist(), found.shares[opens].tolist(), strict=True))


def near_pairs(shapes: Shapes, *, within_m: float) -> Near:
    """Return all pairs of shapes that lie within a distance of each other."""
    tree = shapely.STRtree(shapes)
    first, second = tree.query(shapes, predicate="dwithin", distance=within_m)
    once = first < second
    first, second = first[once], second[once]
    apart = shapely.distance(shapes[first], shapes[second])
    return Near(first.astype(np.int64), second.astype(np.int64), np.asarray(apart))


def nearest_nodes(node_xy: Floats, points_xy: Floats) -> tuple[Ints, Floats]:
    """Return for each point the nearest node and how far away that is in metres; both arrays have shape (points,)."""
    from scipy.spatial import KDTree

    far, node = KDTree(node_xy).query(points_xy)
    return node.astype(np.int64), np.asarray(far, dtype=np.float64)
