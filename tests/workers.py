"""Which worker runs which tests: those that need a town stay together, all else goes to whoever is free."""

from xdist.scheduler import LoadScopeScheduling

# A town takes long to start and reads its devices every few seconds: two that start at once make each other late.
WITH_A_TOWN = ("tests/dashboard/", "tests/ventspils/demo/test_town.py::")


def scope_of(nodeid: str) -> str:
    """Return what tests that stay together have in common; a test that stands alone, its own name."""
    return "towns" if nodeid.startswith(WITH_A_TOWN) else nodeid


class TownScheduling(LoadScopeScheduling):
    """Hands out tests, those that stay together as one."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)
