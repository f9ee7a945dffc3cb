"""Works of feeds and files: read whole, repaired with a mark, or rejected with a reason."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely

from gis.reading.feed_descriptors import descriptor_for, read_descriptor
from gis.reading.files import read_file
from gis.reading.records import ReadingError, Report
from gis.reading.works import ReadWork, read_works

SQUARE = {"type": "Polygon", "coordinates": [[[21.5, 57.4], [21.51, 57.4], [21.51, 57.41], [21.5, 57.4]]]}


def write(folder: Path, *features: Any, name: str = "works.geojson", **members: Any) -> Path:
    file = folder / name
    document = {"type": "FeatureCollection", "features": list(features), **members}
    file.write_text(json.dumps(document))
    return file


def work(number: int = 1, geometry: Any = SQUARE, **fields: Any) -> Any:
    return {"type": "Feature", "geometry": geometry, "properties": {"id": str(number), "title": "Pipe", **fields}}


def read(file: Path, *, crs: str | None = None, town: str = "EPSG:3059") -> tuple[list[ReadWork], Report]:
    source = read_file(file)
    return read_works(source, descriptor_for(source), crs=crs, town_crs=town)


def reason(file: Path) -> str:
    works, report = read(file)
    assert (len(works), report.read, report.accepted) == (0, 1, 0)
    return report.rejected[0].reason


def test_a_work_is_read_into_the_metres_of_the_town(tmp_path: Path) -> None:
    (found,), report = read(write(tmp_path, work(start="2027-03-01", end="2027-05-31", promoter="ŪDEKA")))
    assert (found.id, found.title, found.promoter) == ("1", "Pipe", "ŪDEKA")
    assert (found.starts_on, found.ends_on) == (date(2027, 3, 1), date(2027, 5, 31))
    easting, northing = found.shape.centroid.coords[0]
    assert (easting, northing) == pytest.approx((350_000, 365_000), abs=2_000)
    assert (report.read, report.accepted, report.repaired, report.rejected) == (1, 1, [], [])


def test_depth_and_diameter_are_read_where_they_are_told_and_left_open_where_they_are_no_number(tmp_path: Path) -> None:
    told, untold, odd = work(1, depth_m=1.8, diameter_mm="DN 150"), work(2), work(3, depth_m="1.2-1.5", diameter_mm=90)
    works, report = read(write(tmp_path, told, untold, odd))
    assert [found.facts for found in works] == [{"depth_m": 1.8, "diameter_mm": 150.0}, {}, {"diameter_mm": 90.0}]
    assert [(r.row, r.what) for r in report.repaired] == [(3, "its depth '1.2-1.5' is no number and was left open")]


@pytest.mark.parametrize(
    ("feature", "said"),
    [
        (work(geometry=None), "no geometry"),
        (work(geometry={"type": "Point", "coordinates": [float("nan"), 57.4]}), "not a number"),
        (work(geometry={"type": "Point", "coordinates": [221.5, 57.4]}), "no degrees"),
        (work(geometry={"type": "Point", "coordinates": [57.4, 121.5]}), "swapped"),
        (work(geometry={"type": "Point", "coordinates": [1e12, 0]}), "beyond any place"),
        (work(geometry={"type": "Curve", "coordinates": []}), "no geometry"),
        (work(geometry={"type": "Polygon", "coordinates": "x"}), "no geometry"),
        (work(start="2027-13-01"), "is no date"),
        (work(start="soon"), "is no date"),
        (work(start="1888-01-01"), "outside 1990 to 2100"),
        (work(start="2027-05-01", end="2027-03-01"), "ends on 2027-03-01 before it starts"),
    ],
)
def test_what_cannot_be_used_is_rejected_with_its_reason(tmp_path: Path, feature: Any, said: str) -> None:
    assert said in reason(write(tmp_path, feature))


def test_an_id_that_is_there_twice_is_rejected_the_second_time(tmp_path: Path) -> None:
    works, report = read(write(tmp_path, work(1), work(1), work(2)))
    assert [w.id for w in works] == ["1", "2"]
    assert [(r.row, r.reason) for r in report.rejected] == [(2, "the id '1' is there twice")]


def test_a_geometry_that_crosses_itself_or_is_not_closed_is_repaired_with_a_mark(tmp_path: Path) -> None:
    bow = {
        "type": "Polygon",
        "coordinates": [[[21.5, 57.4], [21.51, 57.41], [21.51, 57.4], [21.5, 57.41], [21.5, 57.4]]],
    }
    open_ring = {"type": "Polygon", "coordinates": [[[21.5, 57.4], [21.51, 57.4], [21.51, 57.41]]]}
    works, report = read(write(tmp_path, work(1, bow), work(2, open_ring)))
    assert [(r.id, r.what) for r in report.repaired] == [
        ("1", "crossed itself, was made valid"),
        ("2", "a ring was not closed"),
    ]
    assert all(w.shape.is_valid for w in works)


def test_an_end_in_the_far_future_is_no_end(tmp_path: Path) -> None:
    (found,), _ = read(write(tmp_path, work(start="2027-03-01", end="4000-01-01")))
    assert found.ends_on is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"type": "FeatureCollection", "features": [', "not whole JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"type": "Topology"}', "not GeoJSON"),
        ('{"type": "FeatureCollection"}', "no features"),
        ("", "is empty"),
        ("hello", "no known format"),
    ],
)
def test_what_is_no_such_file_is_refused_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "works.geojson"
    file.write_text(text)
    with pytest.raises(ReadingError, match=said) as caught:
        read_file(file)
    assert "\n" not in str(caught.value)


def test_the_old_crs_member_is_understood_and_an_unknown_one_refused(tmp_path: Path) -> None:
    here = {"type": "Point", "coordinates": [350_000, 370_000]}
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3059"}}
    (found,), _ = read(write(tmp_path, work(geometry=here), crs=named))
    assert shapely.get_coordinates(found.shape).tolist() == [[350_000, 370_000]]
    with pytest.raises(ReadingError, match="no known CRS"):
        read(write(tmp_path, work(), crs={"properties": {"name": "EPSG:999999"}}))
    with pytest.raises(ReadingError, match="names no CRS"):
        read(write(tmp_path, work(), crs={"type": "link"}))


def test_the_feed_of_karlsruhe_is_read_whole(geo: Path) -> None:
    source = read_file(geo / "karlsruhe" / "works_raw_2026-08-22.geojson")
    works, report = read_works(source, read_descriptor("karlsruhe"), crs=None, town_crs="EPSG:25832")
    assert (report.read, report.accepted, len(report.rejected)) == (181, 181, 0)
    assert Counter(w.promoter for w in works).most_common(1) == [("Stadtwerke Karlsruhe", 82)]
    assert Counter(w.kind for w in works)["power_telecom"] == 55


def test_midnights_that_were_cut_to_the_day_in_utc_are_recognised(geo: Path) -> None:
    source = read_file(geo / "karlsruhe" / "works_raw_2026-08-22.geojson")
    works, report = read_works(source, read_descriptor("karlsruhe"), crs=None, town_crs="EPSG:25832")
    assert any("96 of 181 works start on a Sunday" in note for note in report.notes)
    weekdays = Counter(w.starts_on.weekday() for w in works if w.starts_on)
    assert weekdays.most_common(1)[0][0] == 0  # most works begin on a Monday


def test_pipes_of_a_water_network_need_their_crs_told(geo: Path) -> None:
    source = read_file(geo / "water" / "ky4.inp")
    with pytest.raises(ReadingError, match="--crs"):
        read_works(source, descriptor_for(source), crs=None, town_crs="EPSG:26916")
    works, report = read_works(source, descriptor_for(source), crs="EPSG:3547", town_crs="EPSG:26916")
    assert (report.read, report.accepted) == (1156, 1156)
    told_m = sum(record.fields["length_m"] for record in source.records)
    assert told_m == pytest.approx(260_000, rel=0.02)
    assert sum(w.shape.length for w in works) == pytest.approx(told_m, rel=0.02)  # the grid is not the ground


def test_the_same_pipes_as_geojson_have_the_length_that_the_file_tells(geo: Path) -> None:
    source = read_file(geo / "water" / "ky4_pipes.geojson")
    assert len(source.records) == 1156
    works, _ = read_works(source, descriptor_for(source), crs=None, town_crs="EPSG:26916")
    feet = sum(record.shape.length for record in source.records if record.shape is not None)
    metres = sum(w.shape.length for w in works)
    assert metres == pytest.approx(feet * 1200 / 3937, rel=1e-3)


@pytest.mark.parametrize("name", ["scenario1_simple", "scenario3_shoulder", "scenario4_detour", "scenario5_recurring"])
def test_the_example_feeds_of_wzdx_are_read(geo: Path, name: str) -> None:
    (file,) = (geo / "wzdx").glob(f"{name}*.geojson")
    source = read_file(file)
    assert source.format == "WZDx"
    works, report = read_works(source, descriptor_for(source), crs=None, town_crs="EPSG:5070")
    assert report.read == report.accepted == len(works) > 0
    assert all(w.id and w.starts_on and w.ends_on for w in works)
