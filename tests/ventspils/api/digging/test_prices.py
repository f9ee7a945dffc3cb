"""Prices of the town's own over HTTP."""

from datetime import date
from typing import Any

import pytest

from gis.costs import (
    Basis,
    Laid,
    OwnPrice,
    PriceLevel,
    Surface,
    Utility,
    default_prices,
    trench_eur_per_m,
)
from tests.ventspils.digs import chances

DUCT, PIPE = Laid(Utility.FIBRE), Laid(Utility.WATER)
OWN: dict[str, Any] = {
    "name": "trench.carriageway_asphalt",
    "value": 80,
    "basis": "contract",
    "document": "K-12",
    "dated": "2026-05-01",
}


def test_a_contract_price_takes_the_place_of_a_default_until_it_is_withdrawn(joining: Any) -> None:
    before = chances(joining)[0]["mid_eur"]
    made = joining.post("/prices", OWN).json()
    price = next(p for p in joining.get("/prices").json()["items"] if p["name"] == OWN["name"])
    assert (price["mid"], price["basis"], price["sources"], price["default_mid"]) == (
        80,
        "contract",
        ["K-12, 2026-05-01"],
        100,
    )
    (chance,) = chances(joining)
    own = OwnPrice(OWN["name"], 80, Basis.CONTRACT, "K-12", date(2026, 5, 1))
    duct, pipe, both = (
        trench_eur_per_m(default_prices().with_own([own]), PriceLevel.MID, Surface.CARRIAGEWAY_ASPHALT, laid).eur_per_m
        for laid in ([DUCT], [PIPE], [DUCT, PIPE])
    )
    assert chance["mid_eur"] == pytest.approx(100 * (duct + pipe - both) - 2000, abs=0.01) != before
    assert chance["basis"]["contract"] > 0
    assert joining.call("DELETE", f"/api/v1/prices/{made['id']}").status_code == 200
    assert chances(joining)[0]["mid_eur"] == before
    assert joining.call("DELETE", f"/api/v1/prices/{made['id']}").status_code == 404


def test_every_price_says_what_it_rests_on(town: Any) -> None:
    page = town.get("/prices?limit=100").json()
    assert page["total"] == len(page["items"]) == len({p["name"] for p in page["items"]})
    assert {"trench.micro", "shoring.wall", "soil.to_4", "pipe.sewer"} <= {p["name"] for p in page["items"]}
    assert [p["group"] for p in page["items"]][:3] == ["trench"] * 3  # what a trench is made of comes first
    assert all(p["sources"] or p["basis"] == "assumption" for p in page["items"])
    assert page["price_year"] == 2024


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"name": "trench.gold"}, "Price 'trench.gold' is unknown"), ({"name": "handhole.spacing", "value": 0},
        "is none from 1"),
        ({"name": "moratorium.after_resurfacing", "value": 1e6}, "is none from 0 to 50"),
        ({"name": "discount_rate", "value": 4}, "is none"),
        ({"value": 0}, "160 are usual"), ({"value": 1e7}, "160 are usual"),
        ({"dated": "2099-01-01"}, "has not come yet"),
        ({"value": -1}, "value"), ({"basis": "published"}, "basis"),
        ({"document": ""}, "document"), ({"dated": "soon"}, "dated"),
    ],
)  # fmt: skip
def test_a_wrong_price_is_refused(town: Any, changed: dict[str, Any], why: str) -> None:
    refused = town.post("/prices", OWN | changed)
    assert refused.status_code == 422
    assert why in refused.json()["detail"]
