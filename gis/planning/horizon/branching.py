"""
Branch and bound over when each goal is connected.

A linear programme of directed cuts connects everybody by halves as early as it may; once it is decided who is connected
by when, little more than a Steiner tree is left. Nodes are windows; the one with the lowest bound comes first, and what
is split is the goal and period with the most worth at stake.
"""

import heapq
from dataclasses import dataclass, field

import numpy as np

from gis.planning.horizon.bounds import Window
from gis.planning.networks import Floats

_HALF = 1e-4  # what is this near to 0 or 1 is not split


@dataclass(order=True)
class Node:
    """Plans whose goals are connected within a window, which are worth `bound` at least."""

    bound: float
    number: int
    window: Window = field(compare=False)
    tries: int = field(compare=False, default=0)  # how often it was tried to be solved whole


class OpenNodes:
    """The nodes that are still to be looked at, and the least bound of those given up."""

    def __init__(self, first: Node) -> None:
        self._heap = [first]
        self._count = 1

    def __bool__(self) -> bool:
        return bool(self._heap)

    def pop(self) -> Node:
        """Return the node with the lowest bound, which is open no more."""
        return heapq.heappop(self._heap)

    def push(self, window: Window, bound: float, tries: int = 0) -> None:
        """Let a node be open."""
        heapq.heappush(self._heap, Node(bound, self._count, window, tries))
        self._count += 1

    @property
    def bound(self) -> float:
        """Return what no plan in any open node is worth less than."""
        return self._heap[0].bound if self._heap else np.inf


def split(window: Window, connected: Floats, worth: Floats) -> tuple[Window, Window] | None:
    """
    Return two windows that hold all plans of one between them, or None where each goal is connected whole.

    Args:
        window: When goals may be connected.
        connected: How far each is connected in each period, of shape (goals, T).
        worth: What a goal earns from a period on, of the same shape.
    """
    halves = np.minimum(connected, 1 - connected)
    stake = np.where(halves > _HALF, halves * (worth + 1.0), 0.0)
    if not stake.any():
        return None
    goal, period = np.unravel_index(int(np.argmax(stake)), stake.shape)
    latest, earliest = window.latest.copy(), window.earliest.copy()
    latest[goal] = min(latest[goal], period)
    earliest[goal] = max(earliest[goal], period + 1)
    return Window(window.earliest, latest), Window(earliest, window.latest)
