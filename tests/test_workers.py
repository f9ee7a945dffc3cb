"""Tests that need a town go to one worker, whatever they are called."""

import pytest

from tests.workers import WITH_A_TOWN, scope_of


@pytest.mark.parametrize(
    "nodeid",
    ["tests/dashboard/test_pages.py::test[a]", "tests/dashboard/test_agree.py::test", f"{WITH_A_TOWN[1]}test"],
)
def test_towns_share_a_worker(nodeid: str) -> None:
    assert scope_of(nodeid) == "towns"


def test_what_stands_alone_goes_to_whoever_is_free() -> None:
    alone = "tests/gis/streets/test_graph.py::test_a"
    assert scope_of(alone) == alone


def test_what_needs_a_town_is_there(request: pytest.FixtureRequest) -> None:
    for start in WITH_A_TOWN:
        assert (request.config.rootpath / start.removesuffix("::")).exists()
    for item in request.session.items:
        if "page_town" in getattr(item, "fixturenames", ()):
            assert scope_of(item.nodeid) == "towns", item.nodeid
