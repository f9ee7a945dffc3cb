from pathlib import Path
from typing import Any

import httpx2
import pytest
from streamlit.testing.v1 import AppTest

APP = Path(__file__).parent.parent.parent / "dashboard" / "app.py"


def test_the_page_shows_what_the_centre_knows(centre_process: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {"Authorization": f"Bearer {centre_process.token}"}
    with httpx2.Client(base_url=f"{centre_process.url}/api/v1", headers=headers) as http:
        http.post("/agencies", json={"name": "a"}).raise_for_status()
        body = {"name": "d", "agency": "a", "site": "s", "address": "127.0.0.1", "reach": "icmp"}
        http.post("/devices", json=body).raise_for_status()
    monkeypatch.setenv("VENTSPILS_DASHBOARD_API", f"{centre_process.url}/api/v1")
    monkeypatch.setenv("VENTSPILS_DASHBOARD_TOKEN", centre_process.token)
    page = AppTest.from_file(str(APP)).run(timeout=20)
    assert not page.exception
    assert [metric.value for metric in page.metric] == ["1", "0"]
    assert "Viss kārtībā" in page.success[0].value


def test_a_centre_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENTSPILS_DASHBOARD_API", "http://127.0.0.1:9/api/v1")
    monkeypatch.setenv("VENTSPILS_DASHBOARD_TOKEN", "t")
    page = AppTest.from_file(str(APP)).run(timeout=20)
    assert not page.exception
    assert "Centrs neatbild" in page.error[0].value
