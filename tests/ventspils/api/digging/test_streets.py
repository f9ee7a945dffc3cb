"""The street graph over HTTP."""

from typing import Any

from tests.ventspils.digs import collection, street, take


def test_streets_are_undone_to_those_before(town: Any) -> None:
    take(town, "streets", collection(street((0, 0), (100, 0))))
    second = take(town, "streets", collection(street((0, 0), (100, 0)), street((0, 0), (0, 90)))).json()
    assert town.get("/streets").json()["edges"] == 2
    town.post(f"/imports/{second['import_id']}/undo", {})
    assert town.get("/streets").json()["edges"] == 1
