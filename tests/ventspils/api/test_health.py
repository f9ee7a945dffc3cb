"""The application as a whole: health, and its own description."""

import json
from typing import Any


def test_health_tells_of_each_part(api: Any) -> None:
    assert api.http.get("/healthz").json() == {"status": "ok"}
    assert api.http.get("/readyz").json()["telemetry"] == "ok"


def test_the_openapi_document_can_be_made(town: Any) -> None:
    assert json.loads(town.http.get("/openapi.json").text)["paths"]
