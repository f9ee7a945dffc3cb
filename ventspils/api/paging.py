"""Parts of lists, and bodies that refuse what they do not know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any  # JSON documents

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from ventspils.core.errors import UsageError

Json = dict[str, Any]
# Days that people plan in; beyond them reckoning with weeks and years would leave the calendar.
Day = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2100, 12, 31))]


class Body(BaseModel):
    """What a route takes; an unknown key is refused."""

    model_config = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for; the cursor is a position, and nobody needs to know."""

    limit: int
    start: int

    def of(self, items: Sequence[Json]) -> Json:
        """Return that part of a whole list, with the cursor of the next."""
        return self.part(list(items[self.start : self.start + self.limit]), len(items))

    def part(self, items: list[Json], total: int) -> Json:
        """Return a part that was cut already, with the cursor of the next."""
        stop = self.start + self.limit
        return {"items": items, "next": str(stop) if stop < total else None, "total": total}


async def _asked_page(limit: Annotated[int, Query(ge=1, le=10_000)] = 1000, cursor: str = "0") -> Page:
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 10):
        raise UsageError("The cursor is not one of ours; begin without one.")
    return Page(limit, int(cursor))


ThePage = Annotated[Page, Depends(_asked_page)]
