from datetime import UTC, datetime

import pytest

from monitoring.collector.port_policies import Mode, PortPolicy, in_hours, policy_of


def mode(
    policies: list[PortPolicy], *, name: str = "Gi1/0/1", alias: str = "", device_id: str = "d", parent: bool = False
) -> Mode:
    return policy_of(policies, device_id=device_id, name=name, alias=alias, is_parent_link=parent).mode


@pytest.mark.parametrize(
    ("name", "alias", "parent", "expected"),
    [
        ("Gi1/0/1", "room 12", False, Mode.NEVER),
        ("Gi1/0/48", "Uplink to core", False, Mode.ALWAYS),
        ("Po1", "", False, Mode.ALWAYS),
        ("ae0", "", False, Mode.ALWAYS),
        ("Port 1", "", False, Mode.NEVER),
        ("Gi1/0/47", "", True, Mode.ALWAYS),
    ],
    ids=["access port", "uplink by alias", "aggregate", "another aggregate", "a plain port", "link to the parent"],
)
def test_by_default_only_uplinks_alarm(name: str, alias: str, parent: bool, expected: Mode) -> None:
    assert mode([], name=name, alias=alias, parent=parent) is expected


def test_the_first_policy_that_fits_counts() -> None:
    policies = [PortPolicy("camera", Mode.ALWAYS), PortPolicy("cam", Mode.NEVER)]
    assert mode(policies, alias="camera 3") is Mode.ALWAYS
    assert mode(policies, alias="cam 3") is Mode.NEVER


def test_a_policy_of_the_device_comes_before_general_ones() -> None:
    policies = [PortPolicy("Gi", Mode.NEVER), PortPolicy("Gi", Mode.ALWAYS, device_id="d")]
    assert mode(policies) is Mode.ALWAYS
    assert mode(policies, device_id="other") is Mode.NEVER


@pytest.mark.parametrize(
    ("hours", "utc", "inside"),
    [
        ("07:00-19:00", "2026-11-23T06:00", True),  # 08:00 in Riga, which is two hours ahead in winter
        ("07:00-19:00", "2026-11-23T18:00", False),
        ("07:00-19:00", "2026-07-01T04:30", True),  # 07:30 in Riga, three hours ahead in summer
        ("22:00-06:00", "2026-11-23T21:00", True),
        ("22:00-06:00", "2026-11-23T12:00", False),
    ],
)
def test_hours_are_those_of_the_town(hours: str, utc: str, inside: bool) -> None:
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert in_hours(hours, moment, "Europe/Riga") is inside
