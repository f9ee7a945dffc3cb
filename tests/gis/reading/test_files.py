"""Files are read by what is in them, within limits."""

import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gis.reading.files import read_file
from gis.reading.records import ReadingError


def frame() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": ["a", "b"], "name": ["Ostas iela", "Bērzu iela"]},
        geometry=[shapely.LineString([(350_000, 370_000), (350_100, 370_000)]), shapely.Point(350_000, 370_050)],
        crs="EPSG:3059",
    )


def test_a_geopackage_is_read_whatever_its_name(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "a.gpkg", driver="GPKG")
    (tmp_path / "a.gpkg").rename(tmp_path / "a.data")
    source = read_file(tmp_path / "a.data")
    assert source.crs == "EPSG:3059"
    assert [r.fields["name"] for r in source.records] == ["Ostas iela", "Bērzu iela"]


def test_a_zipped_shapefile_is_read_and_a_lonely_part_refused(tmp_path: Path) -> None:
    frame().iloc[:1].to_file(tmp_path / "s.shp")
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as out:
        for part in tmp_path.glob("s.*"):
            if part.suffix != ".zip":
                out.write(part, part.name)
    source = read_file(tmp_path / "s.zip")
    assert source.records[0].fields["name"] == "Ostas iela"
    assert source.crs is not None
    (tmp_path / "s.dbf").unlink()
    with pytest.raises(ReadingError, match="lies without"):
        read_file(tmp_path / "s.shp")


def test_a_zip_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a.shp", bytes(50_000_000))
        out.writestr("a.dbf", b"")
    with pytest.raises(ReadingError, match="unpacks to more"):
        read_file(tmp_path / "bomb.zip")


def test_a_drawing_is_read_without_a_crs(tmp_path: Path) -> None:
    frame().iloc[:1][["geometry"]].to_file(tmp_path / "a.dxf", driver="DXF")
    source = read_file(tmp_path / "a.dxf")
    assert source.crs is None
    assert source.records[0].shape is not None


@pytest.mark.parametrize("text", ["<OGRVRTDataSource/>", "PG:host=example.org", "GEOMETRY\n"])
def test_formats_that_refer_to_others_are_none_of_ours(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.vrt").write_text(text)
    with pytest.raises(ReadingError, match="no known format"):
        read_file(tmp_path / "a.vrt")


def test_a_file_that_only_begins_like_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.gpkg").write_bytes(b"SQLite format 3\0" + bytes(5000))
    with pytest.raises(ReadingError, match="no GeoPackage"):
        read_file(tmp_path / "a.gpkg")
    (tmp_path / "a.gpkg").write_bytes(b"SQLite format 3\0" + bytes(52) + b"GPKG" + bytes(5000))
    with pytest.raises(ReadingError, match="cannot be read as GPKG"):
        read_file(tmp_path / "a.gpkg")
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04" + bytes(50))
    with pytest.raises(ReadingError, match="no zip"):
        read_file(tmp_path / "a.zip")
    with pytest.raises(ReadingError, match="cannot be read"):
        read_file(tmp_path / "none")


def test_a_file_with_several_layers_asks_for_one(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "a.gpkg", driver="GPKG", layer="one")
    frame().to_file(tmp_path / "a.gpkg", driver="GPKG", layer="two")
    with pytest.raises(ReadingError, match="holds the layers one, two"):
        read_file(tmp_path / "a.gpkg")
