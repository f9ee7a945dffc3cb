"""When maintenance is under way: worked out by hand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitoring.centre.maintenance import MaintenanceWindow, is_open, occurrences

RIGA = "Europe/Riga"


def window(start: str, hours: float, repeats: str = "once", until: str | None = None) -> MaintenanceWindow:
    starts_at = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(RIGA)).astimezone(UTC)
    ends = datetime.fromisoformat(until).replace(tzinfo=ZoneInfo(RIGA)) if until else None
    return MaintenanceWindow(starts_at, starts_at + timedelta(hours=hours), repeats, ends, "a")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(RIGA))


def test_maintenance_that_happens_once_is_under_way_from_its_start_to_before_its_end() -> None:
    once = window("2026-11-20T22:00", 2)
    assert not is_open(once, local("2026-11-20T21:59"), RIGA)
    assert is_open(once, local("2026-11-20T22:00"), RIGA)
    assert not is_open(once, local("2026-11-21T00:00"), RIGA)
    assert not is_open(once, local("2026-11-21T22:30"), RIGA)


def test_daily_maintenance_keeps_its_local_time_when_the_clocks_change() -> None:
    daily = window("2026-10-20T03:00", 1, "daily")
    # On 25 October 2026 clocks in Riga go back from 04:00 to 03:00; 03:30 the day after is UTC+2.
    assert is_open(daily, local("2026-10-26T03:30"), RIGA)
    assert not is_open(daily, local("2026-10-26T02:30"), RIGA)
    assert not is_open(daily, local("2026-10-26T04:30"), RIGA)


def test_weekly_maintenance_comes_on_its_weekday_until_it_ends() -> None:
    weekly = window("2026-11-04T18:00", 3, "weekly", until="2026-11-20T00:00")
    assert is_open(weekly, local("2026-11-18T20:00"), RIGA)
    assert not is_open(weekly, local("2026-11-17T20:00"), RIGA)
    assert not is_open(weekly, local("2026-11-25T20:00"), RIGA)


def test_a_repetition_that_passes_midnight_is_under_way_on_both_days() -> None:
    daily = window("2026-11-01T23:00", 2, "daily")
    assert is_open(daily, local("2026-11-10T00:30"), RIGA)


def test_the_times_of_a_month_are_as_many_as_its_days() -> None:
    daily = window("2026-01-01T12:00", 1, "daily")
    assert len(occurrences(daily, local("2026-11-01T00:00"), local("2026-11-30T23:00"), RIGA)) == 30


def test_maintenance_covers_its_institution_building_or_device() -> None:
    place = {"agency_id": "a", "site_id": "s", "device_id": "d"}
    base = window("2026-11-20T22:00", 2)
    for change, expected in (
        ({}, True),
        ({"site_id": "s"}, True),
        ({"site_id": "x"}, False),
        ({"device_id": "d"}, True),
        ({"device_id": "x"}, False),
        ({"agency_id": "b"}, False),
    ):
        one = MaintenanceWindow(**{**base.__dict__, **change})
        assert one.covers(**place) is expected, change
