"""Layers as GeoJSON."""

from typing import Any

import pytest
import shapely

from tests.ventspils.digs import add, degrees, sites, take


@pytest.mark.parametrize("layer", ["works", "needs", "requests", "streets", "sites", "routes", "moratoria"])
def test_every_layer_is_geojson(streets: Any, layer: str) -> None:
    add(streets)
    take(streets, "sites", sites(f"centre,{','.join(map(str, degrees((0, 0))[0]))},yes,0,"), "sites.csv")
    found = streets.get(f"/layers/{layer}").json()
    assert found["type"] == "FeatureCollection"
    assert all(shapely.from_geojson(str(f["geometry"]).replace("'", '"')).is_valid for f in found["features"])
    assert bool(found["features"]) == (layer in ("works", "streets", "sites"))
