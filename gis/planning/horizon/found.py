"""What a search over several periods has found: the best plan so far, and the proof of how good it is."""

from dataclasses import dataclass

import numpy as np

from gis.planning.horizon.problem import DuctPlan, Worth
from ventspils.core.errors import VentspilsError

_SAME = 1e-7  # of the objective's size: two plans that differ less are worth the same


class NoPlanError(VentspilsError):
    """No plan keeps all deadlines within the budgets, or none was found."""


@dataclass(frozen=True)
class FoundPlan:
    """The best plan known, what it is worth, and a bound that no plan is worth less than; in discounted EUR."""

    plan: DuctPlan | None
    worth: Worth | None
    bound: float
    work: int

    @property
    def objective(self) -> float:
        """Return what the plan is worth; infinite without one."""
        return self.worth.objective if self.worth else np.inf

    @property
    def gap(self) -> float:
        """Return what may still be won, as a share of what the ducts cost."""
        return (self.objective - self.bound) / max(1.0, self.worth.duct_cost) if self.worth else np.inf

    @property
    def is_optimal(self) -> bool:
        """Whether no plan is better."""
        if self.worth is None:
            return False
        size = max(1.0, abs(self.objective), self.worth.duct_cost)
        return bool(self.objective - self.bound <= _SAME * size)
