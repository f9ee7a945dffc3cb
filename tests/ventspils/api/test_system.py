"""What the centre tells of itself."""

import re
from typing import Any


def test_the_last_backup_is_told_once_there_is_one(town: Any) -> None:
    assert town.get("/system").json()["last_backup_at"] is None
    assert town.get("/backup").status_code == 200
    assert re.match(r"\d{4}-\d\d-\d\dT", town.get("/system").json()["last_backup_at"])


def test_devices_of_a_collector_that_is_not_heard_are_unknown(town: Any) -> None:
    import base64

    code = town.post("/collectors/codes", {}).json()["code"]
    key = base64.b64encode(b"k" * 32).decode()
    town.http.post("/api/v1/collectors/enrol", json={"code": code, "name": "one", "public_key": key})
    (collector,) = town.get("/system").json()["collectors"]
    assert collector["devices"] == town.get("/devices").json()["total"] > 0
    assert collector["unknown"] == (0 if collector["is_heard"] else collector["devices"])


def test_growth_a_day_is_unknown_before_a_day_was_packed_and_its_size_after(town: Any) -> None:
    assert town.get("/system").json()["telemetry"]["octets_a_day"] is None
    store = town.centre.embedded
    day_s = 86_400
    old_s = int(town.centre.now().timestamp()) - 10 * day_s
    lines = f"ping,device_id=a percent_packet_loss=0 {old_s}\n".encode()
    store.write(town.centre.settings.telemetry.bucket, lines, "s")
    store.maintain(old_s + 5 * day_s)
    told = town.get("/system").json()["telemetry"]
    assert 0 < told["octets_a_day"] < told["octets"]
