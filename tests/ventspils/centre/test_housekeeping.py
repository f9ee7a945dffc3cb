"""What the centre does by itself goes on whatever people ask for, and tells nobody of what is old."""

import asyncio
import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from gis.sharing import opportunity_register
from ventspils.centre import housekeeping


async def test_whatever_people_ask_for_housekeeping_does_not_wait() -> None:
    over, loop = threading.Event(), asyncio.get_running_loop()
    asked = [loop.run_in_executor(None, over.wait, 30) for _ in range(100)]
    try:
        assert await asyncio.wait_for(housekeeping._try(lambda: None), 10)
    finally:
        over.set()
        await asyncio.gather(*asked)


def test_while_chances_cannot_be_looked_for_no_owner_is_told(joining: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []

    def fail(*_: object) -> None:
        raise RuntimeError("no look")

    monkeypatch.setattr(housekeeping, "tell_owners", told.append)
    monkeypatch.setattr(opportunity_register, "look", fail)
    joining.centre.digs.count += 1
    with pytest.raises(RuntimeError, match="no look"):
        housekeeping._tell_owners(joining.centre)
    assert told == []


def test_lists_say_as_of_when_they_were_known_not_when_they_were_answered(
    joining: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look that ends while the list is read does not make the list newer."""
    from gis.sharing import opportunity_list

    joining.look()
    read, before = opportunity_list.list_opportunities, joining.get("/opportunities").json()["as_of"]

    def read_and_look(*given: Any, **options: Any) -> Any:
        found = read(*given, **options)
        joining.centre.now = lambda: datetime(2027, 1, 15, 13, tzinfo=UTC)
        joining.look()
        return found

    monkeypatch.setattr(opportunity_list, "list_opportunities", read_and_look)
    assert joining.get("/opportunities").json()["as_of"] == before
