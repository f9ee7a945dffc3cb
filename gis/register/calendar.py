"""Works as a calendar (RFC 5545)."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register.models import Work
from gis.register.works import PUBLISHED, seen_by
from ventspils.core.security.roles import Scope


def write_calendar(session: Session, scope: Scope, now: datetime) -> bytes:
    """Return the works that a caller may see as a calendar of whole days, with where and who."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//ventspils-ict//works//EN")
    calendar.add("version", "2.0")
    fits = (Work.removed_at.is_(None), Work.sort == "work", Work.starts_on.is_not(None), seen_by(scope))
    for work in session.scalars(select(Work).where(*fits).order_by(Work.starts_on, Work.id)):
        event = Event()
        event.add("uid", f"{work.id}@ventspils-ict")
        event.add("dtstamp", now)
        event.add("sequence", work.version)
        event.add("summary", " · ".join(part for part in (work.name, work.promoter) if part))
        event.add("dtstart", work.starts_on)
        last = work.ends_on or work.starts_on or date.min
        # The end is the first day that is not in it (RFC 5545, 3.6.1).
        event.add("dtend", date.fromordinal(last.toordinal() + 1))
        event.add("status", _status_of(work))
        if work.phone_24h:
            event.add("contact", work.phone_24h)
        calendar.add_component(event)
    octets: bytes = calendar.to_ical()
    return octets


def _status_of(work: Work) -> str:
    """Return how sure a work is, in the words of RFC 5545, 3.8.1.11."""
    if work.stage == "cancelled":
        return "CANCELLED"
    return "CONFIRMED" if work.stage in PUBLISHED[1:] else "TENTATIVE"
