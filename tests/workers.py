"""Which worker runs which tests: what shares a town stays together, all else goes to whoever is free."""

from xdist.scheduler import LoadScopeScheduling

# A town takes long to start, and its simulated devices have ports of their own.
TOGETHER = ("tests/dashboard/", "tests/ventspils/demo/test_town.py::")


def scope_of(nodeid: str) -> str:
    """Return what tests that stay together have in common; a test that stands alone, its own name."""
    return next((start for start in TOGETHER if nodeid.startswith(start)), nodeid)


class TownScheduling(LoadScopeScheduling):
    """Hands out tests, those that stay together as one."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)
