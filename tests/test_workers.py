"""Tests that share a town go to one worker, whatever they are called."""

import pytest

from tests.workers import TOGETHER, scope_of


@pytest.mark.parametrize("nodeid", ["tests/dashboard/test_pages.py::test[a]", "tests/dashboard/test_agree.py::test"])
def test_pages_share_a_worker(nodeid: str) -> None:
    assert scope_of(nodeid) == "tests/dashboard/"


def test_what_stands_alone_goes_to_whoever_is_free() -> None:
    alone = "tests/gis/streets/test_graph.py::test_a"
    assert scope_of(alone) == alone


def test_what_shares_a_town_is_there(request: pytest.FixtureRequest) -> None:
    for start in TOGETHER:
        assert (request.config.rootpath / start.removesuffix("::")).exists()
    for item in request.session.items:
        if "page_town" in getattr(item, "fixturenames", ()):
            assert scope_of(item.nodeid) in TOGETHER, item.nodeid
