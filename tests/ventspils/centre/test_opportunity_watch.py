"""Chances are looked for again whenever something changed."""

from types import SimpleNamespace
from typing import Any

import pytest

from gis.sharing import opportunity_register as found
from tests.ventspils.digs import chances


def test_a_change_that_comes_while_chances_are_looked_for_is_looked_at_the_next_time(
    joining: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    def look(*given: Any) -> None:
        found.look(*given)
        looked.append(joining.centre.digs.count)
        if len(looked) == 1:
            joining.centre.digs.count += 1  # as a change does that somebody else commits now

    monkeypatch.setattr(
        "ventspils.centre.opportunity_watch.opportunity_register", SimpleNamespace(**vars(found) | {"look": look})
    )
    joining.centre.digs.count += 1
    for _ in range(3):
        chances(joining)
    assert looked == [looked[0], looked[0] + 1]
