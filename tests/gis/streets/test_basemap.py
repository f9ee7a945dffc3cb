from pathlib import Path

import geopandas as gpd
import pytest
from pmtiles.reader import MmapSource, Reader
from shapely.geometry import Point

from gis.streets.basemap import MOST_ZOOM, write_basemap
from ventspils.demo.ground import draw_ground


def tile_at(longitude: float, latitude: float, zoom: int) -> tuple[int, int]:
    """Return the tile of a point: the formula of Web Mercator tiles."""
    import math

    count, radians = 2**zoom, math.radians(latitude)
    return int((longitude + 180) / 360 * count), int((1 - math.asinh(math.tan(radians)) / math.pi) / 2 * count)


def test_the_ground_of_the_demo_town_becomes_tiles_where_it_lies_and_nowhere_else(tmp_path: Path) -> None:
    file = tmp_path / "basemap.pmtiles"
    write_basemap(draw_ground(), file)
    with file.open("rb") as content:
        reader = Reader(MmapSource(content))
        assert reader.header()["max_zoom"] == MOST_ZOOM
        assert reader.get(13, *tile_at(21.5647, 57.3894, 13))
        assert not reader.get(13, *tile_at(24.1, 56.95, 13))  # Riga
    assert [f.name for f in tmp_path.iterdir()] == ["basemap.pmtiles"]


def test_another_coordinate_system_or_kind_is_refused(tmp_path: Path) -> None:
    ground = gpd.GeoDataFrame({"kind": ["water"]}, geometry=[Point(21.5, 57.4).buffer(0.01)], crs="EPSG:4326")
    with pytest.raises(ValueError, match="EPSG:4326"):
        write_basemap(ground.to_crs(3059), tmp_path / "x")
    with pytest.raises(ValueError, match="'lava'"):
        write_basemap(ground.assign(kind="lava"), tmp_path / "x")
    assert list(tmp_path.iterdir()) == []
