"""
Solving the instance in a file as a process of its own: in time, telling how far it is, and with its best when it is
interrupted.

The planner's libraries are loaded in the thread that searches, so that an interrupt is heard from the beginning.
"""

import json
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any  # JSON documents

from ventspils.core.errors import VentspilsError

if TYPE_CHECKING:
    from gis.planning.horizon.found import FoundPlan
    from gis.planning.horizon.problem import DuctPlan, Horizon
    from gis.planning.limits import SearchLimits
    from gis.planning.steiner.reductions import Problem
    from gis.planning.steiner.search import FoundTree

DEFAULT_S = 60.0
_TELL_EVERY_S = 1.0
_LOOK_EVERY_S = 0.2
_TO_PRINT_S = 0.5  # of the time limit is kept for telling what was found


class InstanceSearch:
    """A search in a thread of its own, so that its best is told in time whatever it is at."""

    def __init__(self, file: Path, *, time_limit_s: float | None, work_limit: int | None, seed: int) -> None:
        self.file, self.seed = file, seed
        self.begun, self.told = time.monotonic(), 0.0
        self.until = self.begun + (time_limit_s or (math.inf if work_limit else DEFAULT_S)) - _TO_PRINT_S
        self.rounds = work_limit or math.inf
        self.found: FoundTree | FoundPlan | None = None
        self.problem: Problem | Horizon | None = None
        self.error: BaseException | None = None
        self.is_stopped = False
        self.has_begun = False  # the plans that are there at once are known
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self._solve()
        except BaseException as error:  # noqa: BLE001 - told by the thread that waits
            self.error = error

    def _solve(self) -> None:
        from gis.planning.horizon.problem import Horizon
        from gis.planning.instance_files import read_instance

        self.problem = read_instance(self.file)
        if isinstance(self.problem, Horizon):
            self._solve_horizon(self.problem)
        else:
            self._solve_tree(self.problem)

    def _solve_horizon(self, horizon: "Horizon") -> None:
        """Tell the plans that are known at once before anything is compiled, and go on from there."""
        from gis.planning.horizon.beginning import begin

        begun = begin(horizon, self._keep)
        self.has_begun = True
        from gis.planning.horizon.search import solve_horizon

        limits = self._limits()
        self.found = solve_horizon(horizon, limits, seed=self.seed, report=self._keep, begun=begun)

    def _solve_tree(self, problem: "Problem") -> None:
        self.has_begun = True
        from gis.planning.steiner.search import solve_steiner

        self.found = solve_steiner(problem, self._limits(), seed=self.seed, report=self._keep)

    def _limits(self) -> "SearchLimits":
        from gis.planning.limits import SearchLimits

        return SearchLimits(self.until, self.rounds)

    def _keep(self, found: "FoundTree | FoundPlan") -> None:
        self.found = found

    def watch(self, *, tells: bool, show: Callable[[float, float], None] = lambda objective, bound: None) -> None:
        """
        Wait for the end, or for the time to be up, showing what is known meanwhile; an interrupt stops and keeps the
        best.

        Args:
            tells: Whether to write how far it is to stderr, a line of JSON a second; from the first, which is empty,
                on, an interrupt keeps the best.
            show: Is called with the best objective and the proven bound, some times a second.
        """
        signal.signal(signal.SIGINT, self._stop)
        self._thread.start()
        if tells:
            _write_line({})
        while self._thread.is_alive() and not self.is_stopped and self._has_time():
            self._thread.join(_LOOK_EVERY_S)
            if self.found is not None:
                show(self.found.objective, self.found.bound)
                if tells:
                    self._tell(self.found)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends now anyway; another one would cut the answer off

    def _has_time(self) -> bool:
        """Whether to go on: the time is not up, or not even the plans that are there at once are known."""
        return time.monotonic() < self.until + _TO_PRINT_S / 2 or not self.has_begun

    def _stop(self, number: int, frame: Any) -> None:
        self.is_stopped = True

    def _tell(self, found: "FoundTree | FoundPlan") -> None:
        """Write how far the search is, at most once a second."""
        now = time.monotonic()
        if now - self.told >= _TELL_EVERY_S:
            self.told = now
            known = {"objective": found.objective, "lower_bound": found.bound, "seconds": round(now - self.begun, 1)}
            known |= _in_money_and_sites(found)
            _write_line({name: value for name, value in known.items() if math.isfinite(value)})

    def answer(self) -> dict[str, Any]:
        """
        Return the document that tells what was found.

        Raises:
            VentspilsError: nothing was found, or there is nothing to be found.
        """
        if self.error is not None:
            raise self.error
        seconds, found = time.monotonic() - self.begun, self.found
        if self.problem is None or found is None or not math.isfinite(found.objective):
            raise VentspilsError(f"{self.file}: nothing was found within the limits; give more time.")
        return _describe(self.problem, found, seconds)

    def leave(self, code: int) -> None:
        """
        End the process with a code if the search is in a programme that does not look at the clock.

        What it knew is told. An orderly end would take down what the running search stands on, and the library would
        have the last word ("terminate called without an active exception").
        """
        sys.stdout.flush()
        sys.stderr.flush()
        if self._thread.is_alive():
            os._exit(code)


def _write_line(document: dict[str, Any]) -> None:
    sys.stderr.write(json.dumps(document) + "\n")
    sys.stderr.flush()


def _in_money_and_sites(found: "FoundTree | FoundPlan") -> dict[str, float]:
    """Return what a plan over several periods costs, in money of the day, and how many sites it connects."""
    worth = getattr(found, "worth", None)
    if worth is None:
        return {}
    return {"cost_eur": round(float(worth.paid.sum()), 2), "sites_connected": int((worth.connected >= 0).sum())}


def _describe(problem: "Problem | Horizon", found: Any, seconds: float) -> dict[str, Any]:
    from gis.planning.horizon.problem import Horizon

    document = {
        "objective": found.objective,
        "lower_bound": found.bound,
        "gap": found.gap,
        "optimal": found.is_optimal,
        "seconds": round(seconds, 3),
        "work": found.work,
    }
    if isinstance(problem, Horizon):
        return document | _describe_plan(problem, found.plan)
    return document | {"edges": [[int(problem.us[e]) + 1, int(problem.vs[e]) + 1] for e in found.edges]}


def _describe_plan(horizon: "Horizon", plan: "DuctPlan") -> dict[str, Any]:
    names = [work.name for work in horizon.works]
    return {
        "build": [[d.edge, d.period, None if d.work is None else names[d.work]] for d in plan.ducts],
        "starts": dict(zip(names, plan.starts, strict=True)),
    }
