"""
Problems as files: Steiner trees in the form of PACE 2018 (`.gr`) and SteinLib (`.stp`), and digging over several
periods (`.json`).

Both text forms name edges `E u v cost` and terminals `T u`, nodes numbered from 1; of parallel edges the cheapest
counts.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any  # JSON documents

import numpy as np

from gis.planning.horizon.problem import NEVER, Horizon, PlannedDig
from ventspils.core.errors import VentspilsError

if TYPE_CHECKING:  # whoever only writes a digging instance needs no numba
    from gis.planning.steiner.reductions import Problem

_MOST_BYTES = 256_000_000


class InstanceError(VentspilsError):
    """A file is no problem that can be solved; the sentence says where and why."""


def read_instance(path: Path) -> "Problem | Horizon":
    """
    Read a problem, by the ending of its name.

    Raises:
        InstanceError: the file cannot be read, or is not whole.
    """
    readers: dict[str, Callable[[Path, str], Problem | Horizon]] = {
        ".gr": _read_steiner,
        ".stp": _read_steiner,
        ".json": _read_horizon,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InstanceError(f"{path}: the name must end in .gr, .stp or .json.")
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InstanceError(f"{path}: larger than {_MOST_BYTES // 1_000_000} MB.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InstanceError(f"{path}: cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InstanceError(f"{path}: is not text.") from None
    return reader(path, text)


@dataclass
class _Said:
    """What the lines of a Steiner file say."""

    counts: dict[str, int] = field(default_factory=dict)
    edges: list[tuple[int, int, float]] = field(default_factory=list)
    terminals: list[int] = field(default_factory=list)
    has_end: bool = False

    def take(self, words: list[str]) -> None:
        """Take a line in."""
        match words[0].upper():
            case "NODES" | "EDGES" | "TERMINALS" if len(words) > 1:
                self.counts[words[0].lower()] = int(words[1])
            case "E":
                self.edges.append((int(words[1]), int(words[2]), float(words[3])))
            case "A" | "ARCS":
                raise InstanceError("edges that lead one way are not solved here.")
            case "T":
                self.terminals.append(int(words[1]))
            case "EOF":
                self.has_end = True

    def check(self) -> None:
        """Raise InstanceError if something is missing."""
        if self.counts.get("nodes", 0) < 1:
            raise InstanceError("no line says how many nodes there are.")
        for what, found in (("edges", len(self.edges)), ("terminals", len(self.terminals))):
            if self.counts.get(what, found) != found:
                raise InstanceError(f"says {self.counts[what]} {what} and holds {found}; it may be cut off.")
        if not self.has_end:
            raise InstanceError("the last line, EOF, is missing; it may be cut off.")
        if not self.terminals:
            raise InstanceError("there are no terminals to join.")


def _read_steiner(path: Path, text: str) -> "Problem":
    said = _Said()
    for number, line in enumerate(text.splitlines(), 1):
        try:
            if words := line.split():
                said.take(words)
        except (IndexError, ValueError):
            raise InstanceError(f"{path}, line {number}: {line[:60]!r} cannot be read.") from None
        except InstanceError as error:
            raise InstanceError(f"{path}, line {number}: {error}") from None
    try:
        said.check()
    except InstanceError as error:
        raise InstanceError(f"{path}: {error}") from None
    return _make_problem(path, said.counts["nodes"], said.edges, said.terminals)


def _make_problem(path: Path, nodes: int, edges: list[tuple[int, int, float]], terminals: list[int]) -> "Problem":
    from gis.planning.steiner.reductions import Problem

    ends = np.array([(u, v) for u, v, _ in edges], np.int64).reshape(-1, 2)
    costs = np.array([cost for _, _, cost in edges], np.float64)
    every = np.concatenate([ends.ravel(), np.array(terminals, np.int64)])
    outside = every[(every < 1) | (every > nodes)]
    if len(outside):
        raise InstanceError(f"{path}: node {outside[0]} is not one of 1 to {nodes}.")
    wrong = np.flatnonzero(~np.isfinite(costs) | (costs < 0))
    if len(wrong):
        u, v, cost = edges[int(wrong[0])]
        raise InstanceError(
            f"{path}: the edge from {u} to {v} costs {cost:g}; costs must be numbers that are not negative."
        )
    low, high = ends.min(axis=1) - 1, ends.max(axis=1) - 1
    order = np.lexsort((costs, high, low))
    low, high, costs = low[order], high[order], costs[order]
    is_first = np.ones(len(low), np.bool_)
    is_first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    kept = is_first & (low != high)
    is_terminal = np.zeros(nodes, np.bool_)
    is_terminal[np.array(terminals) - 1] = True
    problem = Problem(nodes, low[kept], high[kept], costs[kept], is_terminal)
    _check_joined(path, problem)
    return problem


def _check_joined(path: Path, problem: "Problem") -> None:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(problem.us)), (problem.us, problem.vs)), shape=(problem.nodes,) * 2)
    _, label = connected_components(graph, directed=False)
    apart = problem.terminals[label[problem.terminals] != label[problem.terminals[0]]]
    if len(apart):
        raise InstanceError(
            f"{path}: no edges join terminal {apart[0] + 1} to terminal {problem.terminals[0] + 1}, so there is no "
            f"tree."
        )


def _read_horizon(path: Path, text: str) -> Horizon:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InstanceError(f"{path}: is not whole JSON: {str(error)[:80]}.") from None
    try:
        return _Reader(document).horizon()
    except InstanceError as error:
        raise InstanceError(f"{path}: {error}") from None
    except KeyError as error:
        raise InstanceError(f"{path}: {error} is missing.") from None
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InstanceError(f"{path}: a field is not what it should be: {str(error)[:80]}.") from None


class _Reader:
    """Reads one document; every number is checked."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.periods = len(document["periods"])
        self.nodes = _whole(document["nodes"], "nodes", 1, 100_000_000)

    def horizon(self) -> Horizon:
        document = self.document
        if not self.periods:
            raise InstanceError("there are no periods.")
        edges = document["edges"]
        ends = [(self._node(e["u"], f"edge {i}"), self._node(e["v"], f"edge {i}")) for i, e in enumerate(edges)]
        ends_array = np.array(ends, np.int64).reshape(-1, 2)
        sites = document["sites"]
        works = tuple(self._work(w, len(edges)) for w in document["works"])
        _distinct([w.name for w in works], "work")
        names = tuple(str(s["id"]) for s in sites)
        _distinct(names, "site")
        roots = [self._node(r, "a root") for r in document["roots"]]
        if not roots:
            raise InstanceError("there is no root: say where fibre is already.")
        return Horizon(
            names=tuple(str(p.get("name", i)) for i, p in enumerate(document["periods"])),
            discounts=np.array(
                [_money(p["discount"], f"period {i}: discount") for i, p in enumerate(document["periods"])]
            ),
            nodes=self.nodes,
            roots=np.unique(np.array(roots, np.int64)),
            us=ends_array[:, 0],
            vs=ends_array[:, 1],
            own=np.array([self._own(e["own"], i) for i, e in enumerate(edges)]).reshape(-1, self.periods),
            sites=names,
            site_nodes=np.array([self._node(s["node"], f"site {s['id']}") for s in sites], np.int64),
            prizes=np.array([self._series(s["prize"], f"site {s['id']}: prize") for s in sites]).reshape(
                -1, self.periods
            ),
            deadlines=np.array([self._deadline(s) for s in sites], np.int64),
            works=works,
            budgets=None if document["budgets"] is None else self._series(document["budgets"], "budgets"),
            carry_over=bool(document["carry_over"]),
        )

    def _node(self, value: Any, what: str) -> int:
        return _whole(value, f"{what}: node", 1, self.nodes) - 1

    def _series(self, values: Any, what: str) -> Any:
        if len(values) != self.periods:
            raise InstanceError(f"{what}: {len(values)} values for {self.periods} periods.")
        return np.array([_money(value, what) for value in values])

    def _own(self, values: Any, edge: int) -> Any:
        return self._series([math.inf if v is None else v for v in values], f"edge {edge}: own")

    def _deadline(self, site: Any) -> int:
        value = site["deadline"]
        return NEVER if value is None else _whole(value, f"site {site['id']}: deadline", 0, self.periods - 1)

    def _work(self, work: Any, edges: int) -> PlannedDig:
        name = work["id"]
        starts = tuple(_whole(s, f"work {name}: start", 0, self.periods - 1) for s in work["starts"])
        shifts = tuple(_money(s, f"work {name}: shift", negative=True) for s in work["shift"])
        if not starts or len(shifts) != len(starts):
            raise InstanceError(f"work {name}: {len(starts)} starts and {len(shifts)} costs of shifting.")
        _distinct(starts, f"work {name}: start")
        numbers = [_whole(j["edge"], f"work {name}: edge", 0, edges - 1) for j in work["edges"]]
        _distinct(numbers, f"work {name}: edge")
        joints = [_money(j["joint"], f"work {name}: joint") for j in work["edges"]]
        return PlannedDig(
            str(name),
            starts,
            shifts,
            _whole(work["duration"], f"work {name}: duration", 0, 10_000),
            _whole(work["closes"], f"work {name}: closes", 0, 10_000),
            np.array(numbers, np.int64),
            np.array(joints, np.float64),
        )


def _whole(value: Any, what: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InstanceError(f"{what} {str(value)[:40]!r} is not a whole number from {low} to {high}.")
    return value


def _money(value: Any, what: str, *, negative: bool = False) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
        raise InstanceError(f"{what} {str(value)[:40]!r} is not a number.")
    if value < 0 and not negative:
        raise InstanceError(f"{what} {value:g} is negative.")
    return float(value)


def _distinct(values: Any, what: str) -> None:
    seen = set()
    for value in values:
        if value in seen:
            raise InstanceError(f"{what} {value!r} is there twice.")
        seen.add(value)


def write_instance(horizon: Horizon) -> dict[str, Any]:
    """Return a digging instance as the document that is read from a file."""
    return {
        "periods": [
            {"name": name, "discount": round(float(d), 9)}
            for name, d in zip(horizon.names, horizon.discounts, strict=True)
        ],
        "nodes": horizon.nodes,
        "roots": (horizon.roots + 1).tolist(),
        "edges": [
            {"u": int(u) + 1, "v": int(v) + 1, "own": [float(c) if math.isfinite(c) else None for c in own]}
            for u, v, own in zip(horizon.us, horizon.vs, horizon.own, strict=True)
        ],
        "sites": [
            {
                "id": name,
                "node": int(node) + 1,
                "prize": prizes.tolist(),
                "deadline": None if due == NEVER else int(due),
            }
            for name, node, prizes, due in zip(
                horizon.sites, horizon.site_nodes, horizon.prizes, horizon.deadlines, strict=True
            )
        ],
        "works": [_write_work(work) for work in horizon.works],
        "budgets": None if horizon.budgets is None else horizon.budgets.tolist(),
        "carry_over": horizon.carry_over,
    }


def _write_work(work: PlannedDig) -> dict[str, Any]:
    return {
        "id": work.name,
        "starts": list(work.starts),
        "shift": list(work.shifts),
        "duration": work.duration,
        "closes": work.closes,
        "edges": [{"edge": int(e), "joint": float(joint)} for e, joint in zip(work.edges, work.joints, strict=True)],
    }
