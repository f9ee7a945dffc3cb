"""
Map, table and chart of a page say the same: what the page sends to the browser is held against itself and the centre.
"""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import api_client, connection
from tests.waiting import until


def draw(page_town: Any, monkeypatch: pytest.MonkeyPatch, view: str) -> AppTest:
    """Return a page as the town's administrator gets it."""
    monkeypatch.setenv(connection.API_VARIABLE, page_town.api)
    monkeypatch.setattr(api_client, "token", lambda: page_town.http.headers["Authorization"].removeprefix("Bearer "))
    connection.connect.cache_clear()
    app = AppTest.from_file(str(Path(api_client.__file__).parent / "views" / f"{view}.py"), default_timeout=60)
    app.session_state["me"] = page_town.get("/me")
    app.run()
    connection.connect().close()
    connection.connect.cache_clear()
    assert not app.exception
    return app


def drawn(app: AppTest) -> list[Any]:
    """Return the features on the map of a page."""
    (deck,) = app.get("deck_gl_json_chart")
    return [f["properties"] for f in json.loads(deck.proto.json)["layers"][0]["data"]["features"]]


@pytest.mark.timeout(120)
def test_digs_are_the_same_on_map_in_table_and_in_timetable(page_town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(page_town, monkeypatch, "digging/digs")
    works = page_town.get("/works", limit=1000)["items"]
    table = app.dataframe[0].value
    assert sorted(zip(table["What"], table["Client"], strict=True)) == sorted(
        (w["title"], w["promoter"]) for w in works
    )
    placed = table[table["Placed"] == "yes"]
    assert Counter(zip(placed["What"], placed["Client"], strict=True)) == Counter(
        (shown["title"], shown["client"]) for shown in drawn(app)
    )
    (chart,) = app.get("vega_lite_chart")
    bars = json.loads(chart.proto.spec)["layer"][0]["data"]["values"]
    assert [(bar["client"], bar["state"], f"{date.fromisoformat(bar['start']):%d/%m/%Y}") for bar in bars] == list(
        zip(table["Client"], table["State"], table["From"], strict=True)
    )


@pytest.mark.timeout(120)
def test_a_plan_lays_the_same_sections_on_map_and_in_table(page_town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    until(lambda: any(plan["state"] == "done" for plan in page_town.get("/plans")["items"]))
    app = draw(page_town, monkeypatch, "digging/plan")
    (table,) = [frame.value for frame in app.dataframe if "Surface" in frame.value]
    streets = table[table["Street"] != "into buildings"]
    on_map = {(shown["name"], shown["street"] or "without a name") for shown in drawn(app)}
    assert on_map
    assert set(zip(streets["Half-year"], streets["Street"], strict=True)) == on_map


@pytest.mark.timeout(120)
def test_savings_are_the_same_in_chart_and_in_table(page_town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(page_town, monkeypatch, "digging/savings")
    charts = app.get("vega_lite_chart")
    assert charts
    tables = [frame.value for frame in app.dataframe if "digging together" in frame.value]
    for chart, table in zip(charts, tables, strict=True):
        bars = pa.ipc.open_stream(chart.proto.data.data).read_all().to_pylist()
        shown = {(bar["group"], bar["how"]): f"{round(bar['eur']):,} €" for bar in bars}
        assert shown == {
            (row[""], how): row[how]
            for row in table.to_dict("records")
            for how in ("digging alone", "digging together")
        }
