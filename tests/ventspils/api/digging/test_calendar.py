"""Works as a calendar."""

from typing import Any

import icalendar

from tests.ventspils.digs import add


def test_works_are_given_as_a_calendar_of_whole_days(town: Any) -> None:
    found = add(town)
    calendar = icalendar.Calendar.from_ical(town.get("/works.ics").content)
    (event,) = calendar.walk("VEVENT")
    assert event.decoded("dtstart").isoformat() == "2027-08-01"
    assert event.decoded("dtend").isoformat() == "2027-10-01"  # the first day after it
    assert event["summary"] == "Pipe · ŪDEKA"
    assert event["uid"] == f"{found['id']}@ventspils-ict"
