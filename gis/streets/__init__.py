"""The street graph of a town: what a dig opens, where words point, and the ground under maps."""

from gis.streets.geocoding import Described, Gazetteer, UnplacedError, fold
from gis.streets.graph import Floats, Houses, Ints, StreetGraph, Streets, build_graph
from gis.streets.matching import (
    FURTHEST_SITE_M,
    LEAST_SHARE,
    MATCH_M,
    match_edges,
    near_pairs,
    nearest_nodes,
    opened_edges,
)

__all__ = [
    "FURTHEST_SITE_M",
    "LEAST_SHARE",
    "MATCH_M",
    "Described",
    "Floats",
    "Gazetteer",
    "Houses",
    "Ints",
    "StreetGraph",
    "Streets",
    "UnplacedError",
    "build_graph",
    "fold",
    "match_edges",
    "near_pairs",
    "nearest_nodes",
    "opened_edges",
]
