"""
Graphs as arrays: undirected edges, each standing for two arcs.

Edge e joins `tails[2e]` and `heads[2e]`; arc 2e runs from the first to the second and arc 2e + 1 back. Arcs are found
by node through compressed rows: those that enter node v are `arcs_in[first_in[v]:first_in[v + 1]]`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ArcNetwork:
    """Arcs of an undirected graph with nodes 0 to `nodes` - 1."""

    nodes: int
    tails: Ints
    heads: Ints
    first_in: Ints
    arcs_in: Ints
    first_out: Ints
    arcs_out: Ints


def make_network(nodes: int, us: Ints, vs: Ints) -> ArcNetwork:
    """Return the network of the edges from `us` to `vs`, two arrays of shape (edges,)."""
    tails = np.empty(2 * len(us), np.int64)
    heads = np.empty(2 * len(us), np.int64)
    tails[0::2], heads[0::2] = us, vs
    tails[1::2], heads[1::2] = vs, us
    first_in, arcs_in = _rows(nodes, heads)
    first_out, arcs_out = _rows(nodes, tails)
    return ArcNetwork(nodes, tails, heads, first_in, arcs_in, first_out, arcs_out)


def _rows(nodes: int, ends: Ints) -> tuple[Ints, Ints]:
    first = np.zeros(nodes + 1, np.int64)
    np.cumsum(np.bincount(ends, minlength=nodes), out=first[1:])
    return first, np.argsort(ends, kind="stable")
