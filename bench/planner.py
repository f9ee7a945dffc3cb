"""
How good plans are after how long: our planner beside a plain whole-number programme, and beside a known rule for trees.

    python -m bench.planner [--seconds 120] [--instance FILE]

The digging instance is a made-up town (or a file). The plain programme sends one unit of flow to every site in every
period, over ducts that are there, and is solved by HiGHS with its own settings. Trees are compared with Mehlhorn's
algorithm as in networkx.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import highspy
import networkx
import numpy as np

from bench.matching import grid
from gis.planning.horizon.problem import NEVER, Horizon
from gis.planning.instance_files import read_instance
from gis.streets.graph import build_graph

MOMENTS_S = (5, 15, 30, 60, 120, 300)
Seen = list[tuple[float, float, float]]  # seconds, objective, lower bound


def town(blocks: int, sites: int, works: int, periods: int, seed: int = 1) -> dict[str, Any]:
    """Return a town of about so many blocks of streets, as a digging instance."""
    chance = np.random.default_rng(seed)
    graph = build_graph(grid(blocks))
    lengths = graph.lengths_m * chance.uniform(0.8, 1.3, len(graph.us))
    prices = lengths * chance.choice([30.0, 70.0, 110.0], len(lengths))
    side = math.isqrt(graph.nodes)
    rows = []
    for number in range(works):
        first, run = int(chance.integers(0, len(lengths))), int(chance.integers(3, 9))
        edges = [
            int(e) for e in np.argsort(np.hypot(*(graph.node_xy[graph.us] - graph.node_xy[graph.us[first]]).T))[:run]
        ]
        start = int(chance.integers(0, periods))
        starts = sorted({start, min(periods - 1, start + 1)}) if number % 3 == 0 else [start]
        rows.append({
            "id": f"w{number}", "starts": starts,
            "shift": [0.0 if s == start else 3000.0 for s in starts], "duration": 1,
            "closes": int(chance.integers(0, 3)),
            "edges": [{"edge": e, "joint": round(lengths[e] * 25, 2)} for e in edges],
        })  # fmt: skip
    nodes = chance.choice(graph.nodes, sites + 1, replace=False)
    own = [[round(float(p), 2)] * periods for p in prices]
    return {
        "periods": [{"name": str(t), "discount": 0.98**t} for t in range(periods)], "nodes": graph.nodes,
        "roots": [int(nodes[0]) + 1],
        "edges": [
            {"u": int(u) + 1, "v": int(v) + 1, "own": o}
            for u, v, o in zip(graph.us, graph.vs, own, strict=True)
        ],
        "sites": [
            {"id": f"s{k}", "node": int(n) + 1, "prize": [float(chance.integers(2, 12)) * 1000] * periods,
             "deadline": periods - 1 if k % 5 == 0 else None}
            for k, n in enumerate(nodes[1:])
        ],
        "works": rows, "budgets": [float(np.median(prices)) * side] * periods, "carry_over": True,
    }  # fmt: skip


def ours(file: Path, seconds: float) -> Seen:
    """Return what the planner tells of its progress."""
    words = [sys.executable, "-m", "gis.planning", str(file), "--time-limit", str(seconds), "--progress"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    seen: Seen = []
    for line in done.stderr.splitlines():
        if line.startswith("{") and (told := json.loads(line)):
            seen.append((told["seconds"], told.get("objective", math.inf), told.get("lower_bound", -math.inf)))
    last = json.loads(done.stdout)
    return [*seen, (last["seconds"], last["objective"], last["lower_bound"])]


class PlainProgramme:
    """
    The whole instance as one programme: a unit of flow to every connected site in every period, over ducts that are
    there.
    """

    def __init__(self, horizon: Horizon) -> None:
        self.horizon, self.solver = horizon, highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        self._columns()
        for site in range(len(horizon.sites)):
            for period in range(horizon.own.shape[1]):
                self._connect(site, period)

    def _column(self, cost: float, *, whole: bool) -> int:
        self.solver.addVar(0.0, 1.0)
        number = int(self.solver.getNumCol()) - 1
        self.solver.changeColCost(number, float(cost))
        if whole:
            self.solver.changeColIntegrality(number, highspy.HighsVarType.kInteger)
        return number

    def _row(self, low: float, high: float, terms: list[tuple[int, float]]) -> None:
        numbers = np.array([k for k, _ in terms], np.int32)
        self.solver.addRow(low, high, len(terms), numbers, np.array([v for _, v in terms], float))

    def _columns(self) -> None:
        """Add ducts alone and together, starts of works, and what budgets allow."""
        h, inf = self.horizon, highspy.kHighsInf
        periods = range(h.own.shape[1])
        starts = [
            [self._column(h.discounts[s] * c, whole=True) for s, c in zip(w.starts, w.shifts, strict=True)]
            for w in h.works
        ]
        for columns in starts:
            self._row(1, 1, [(k, 1.0) for k in columns])
        self.ducts: list[list[tuple[int, int, float]]] = [[] for _ in h.us]  # of each edge: period, column, price
        for edge in range(len(h.us)):
            opened = [(w, columns) for w, columns in zip(h.works, starts, strict=True) if edge in w.edges]
            for t in periods:
                if math.isfinite(h.own[edge, t]):
                    column = self._column(h.discounts[t] * h.own[edge, t], whole=True)
                    self.ducts[edge].append((t, column, float(h.own[edge, t])))
                    for work, columns in opened:
                        closing = [(k, 1.0) for s, k in zip(work.starts, columns, strict=True) if work.is_closed(s, t)]
                        if closing:
                            self._row(-inf, 1, [(column, 1.0), *closing])
                for work, columns in opened:
                    opening = [(k, -1.0) for s, k in zip(work.starts, columns, strict=True) if work.is_open(s, t)]
                    if opening:
                        price = float(work.joints[np.flatnonzero(work.edges == edge)[0]])
                        column = self._column(h.discounts[t] * price, whole=True)
                        self.ducts[edge].append((t, column, price))
                        self._row(-inf, 0, [(column, 1.0), *opening])
            if self.ducts[edge]:
                self._row(-inf, 1, [(k, 1.0) for _, k, _ in self.ducts[edge]])
        for t in periods if h.budgets is not None else ():
            span = range(t + 1) if h.carry_over else (t,)
            paid = [(k, price) for ducts in self.ducts for s, k, price in ducts if s in span]
            self._row(-inf, float(sum(h.budgets[s] for s in span)), paid)

    def _connect(self, site: int, period: int) -> None:
        h, inf = self.horizon, highspy.kHighsInf
        is_there = self._column(-h.discounts[period] * h.prizes[site, period], whole=True)
        if h.deadlines[site] != NEVER and period >= h.deadlines[site]:
            self.solver.changeColBounds(is_there, 1.0, 1.0)
        roots, goal = set(h.roots.tolist()), int(h.site_nodes[site])
        if goal in roots:
            return
        balance: list[list[tuple[int, float]]] = [[] for _ in range(h.nodes)]
        for edge, (u, v) in enumerate(zip(h.us.tolist(), h.vs.tolist(), strict=True)):
            laid = [(k, -1.0) for t, k, _ in self.ducts[edge] if t <= period]
            for tail, head in ((u, v), (v, u)):
                flow = self._column(0.0, whole=False)
                self._row(-inf, 0, [(flow, 1.0), *laid])
                balance[head].append((flow, 1.0))
                balance[tail].append((flow, -1.0))
        balance[goal].append((is_there, -1.0))
        for node, terms in enumerate(balance):
            if node not in roots and terms:
                self._row(0, 0, terms)

    def solve(self, seconds: float) -> Seen:
        """Return how bounds went."""
        seen: Seen = []

        def tell(event: Any) -> None:
            out = event.data_out
            seen.append((out.running_time, out.mip_primal_bound, out.mip_dual_bound))

        self.solver.setOptionValue("time_limit", float(seconds))
        self.solver.cbMipLogging.subscribe(tell)
        self.solver.run()
        info = self.solver.getInfo()
        objective = info.objective_function_value if info.primal_solution_status == 2 else math.inf
        return [*seen, (self.solver.getRunTime(), objective, info.mip_dual_bound)]


def gap_at(seen: Seen, moment_s: float, best: float) -> tuple[str, str]:
    """Return how far the plan and the bound known at a moment are from the best plan that anybody found."""
    known = [(objective, bound) for seconds, objective, bound in seen if seconds <= moment_s]
    objective = min((o for o, _ in known), default=math.inf)
    bound = max((b for _, b in known), default=-math.inf)
    size = max(1.0, abs(best))
    plan = f"{(objective - best) / size:.2%}" if math.isfinite(objective) else "none"
    return plan, f"{(best - bound) / size:.2%}" if math.isfinite(bound) else "none"


def compare_plans(file: Path, seconds: float) -> None:
    horizon = read_instance(file)
    assert isinstance(horizon, Horizon)
    found = ours(file, seconds)
    begun = time.monotonic()
    programme = PlainProgramme(horizon)
    made_s = time.monotonic() - begun
    plain = [(s + made_s, o, b) for s, o, b in programme.solve(max(1.0, seconds - made_s))]
    best = min(objective for _, objective, _ in [*found, *plain])
    sizes = f"{len(horizon.us)} edges, {horizon.own.shape[1]} periods, {len(horizon.sites)} sites"
    print(f"{sizes}, {len(horizon.works)} works; best {best:,.2f}")
    print(
        f"ours ended after {found[-1][0]:.1f} s; "
        f"plain programme: {made_s:.1f} s to make, ended after {plain[-1][0]:.1f} s"
    )
    print("seconds     our plan   our bound   plain plan  plain bound  (distance from the best plan)")
    for moment in (m for m in MOMENTS_S if m <= seconds):
        cells = [*gap_at(found, moment, best), *gap_at(plain, moment, best)]
        print(f"{moment:7d} {cells[0]:>12} {cells[1]:>11} {cells[2]:>12} {cells[3]:>12}")


def compare_trees(blocks: int, goals: int, seconds: float, seed: int = 2) -> None:
    chance = np.random.default_rng(seed)
    graph = build_graph(grid(blocks))
    costs = np.round(graph.lengths_m * chance.uniform(0.5, 2.0, len(graph.us))).astype(int)
    terminals = sorted(int(n) for n in chance.choice(graph.nodes, goals, replace=False))
    net = networkx.Graph()
    net.add_weighted_edges_from(zip(graph.us.tolist(), graph.vs.tolist(), costs.tolist(), strict=True))
    begun = time.monotonic()
    theirs = networkx.algorithms.approximation.steiner_tree(net, terminals, method="mehlhorn").size(weight="weight")
    theirs_s = time.monotonic() - begun
    lines = [
        f"E {u + 1} {v + 1} {c}" for u, v, c in zip(graph.us.tolist(), graph.vs.tolist(), costs.tolist(), strict=True)
    ]
    head = ["SECTION Graph", f"Nodes {graph.nodes}", f"Edges {len(lines)}"]
    tail = ["END", "SECTION Terminals", f"Terminals {goals}", *(f"T {t + 1}" for t in terminals), "END", "EOF"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tree.gr"
        file.write_text("\n".join([*head, *lines, *tail]) + "\n")
        found = ours(file, seconds)
    seconds_s, objective, bound = found[-1]
    print(
        f"tree of {goals} goals in {len(lines)} edges: ours {objective:,.0f}, proven {bound:,.0f}, {seconds_s:.1f} s; "
        f"Mehlhorn {theirs:,.0f} ({theirs / objective - 1:+.1%}), {theirs_s:.1f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--instance", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = options.instance
        if file is None:
            file = Path(folder) / "town.json"
            file.write_text(json.dumps(town(600, 12, 25, 4)))
        compare_plans(file, options.seconds)
    compare_trees(5_000, 60, options.seconds)


if __name__ == "__main__":
    main()
