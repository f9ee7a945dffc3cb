"""Works as GeoPackage, edited elsewhere and taken in again."""

from pathlib import Path
from typing import Any

from tests.ventspils.digs import add, edit, forget_depth, take


def test_a_geopackage_that_was_edited_elsewhere_changes_works_by_their_id(town: Any, tmp_path: Path) -> None:
    import geopandas as gpd

    first, second = add(town), add(town, title="Cable")
    file = tmp_path / "works.gpkg"
    file.write_bytes(town.get("/exports/works.gpkg").content)
    frame = gpd.read_file(file)
    unchanged = take(town, "works", file.read_bytes(), "works.gpkg").json()
    assert (unchanged["read"], unchanged["unchanged"], unchanged["changed"]) == (2, 2, [])
    row = frame["register_id"] == first["id"]
    frame.loc[row, "starts_on"] = "2027-08-09"
    frame.loc[row, "geometry"] = frame.loc[row, "geometry"].iloc[0].buffer(2)
    frame.loc[row, ["depth_m", "diameter_mm"]] = 1.8, 150
    frame.loc[frame["register_id"] == second["id"], "title"] = "Longer cable"
    frame.to_file(file, driver="GPKG", layer="works")
    dry = take(town, "works", file.read_bytes(), "works.gpkg", dry_run=True).json()
    assert {(c["id"], c["field"]) for c in dry["changed"]} == {
        (first["id"], "starts_on"),
        (first["id"], "place"),
        (first["id"], "depth_m"),
        (first["id"], "diameter_mm"),
        (second["id"], "title"),
    }
    assert town.get(f"/works/{first['id']}").json()["version"] == 1
    edit(town, second, title="Shorter cable")
    done = take(town, "works", file.read_bytes(), "works.gpkg").json()
    (late,) = done["rejected"]
    assert (
        late["reason"]
        == "work 'Shorter cable' was changed meanwhile (version 1 became 2), also in title: export it again"
    )
    after = town.get(f"/works/{first['id']}").json()
    assert (after["starts_on"], after["geometry"]["type"]) == ("2027-08-09", "Polygon")
    assert (after["depth_m"], after["diameter_mm"]) == (1.8, 150)
    assert after["put_right_by_hand"]
    town.post(f"/imports/{done['import_id']}/undo", {})
    assert town.get(f"/works/{first['id']}").json()["starts_on"] == "2027-08-01"


def test_what_was_kept_before_a_field_was_known_is_undone_restored_and_edited_all_the_same(
    streets: Any, tmp_path: Path
) -> None:
    import geopandas as gpd

    found = add(streets)
    forget_depth(streets)
    file = tmp_path / "works.gpkg"
    file.write_bytes(streets.get("/exports/works.gpkg").content)
    frame = gpd.read_file(file)
    frame["depth_m"] = 1.8
    frame.to_file(file, driver="GPKG", layer="works")
    edited = take(streets, "works", file.read_bytes(), "works.gpkg").json()
    assert [(c["field"], c["before"], c["after"]) for c in edited["changed"]] == [("depth_m", None, "1.8")]
    assert streets.post(f"/imports/{edited['import_id']}/undo", {}).status_code == 200
    assert streets.get(f"/works/{found['id']}").json()["depth_m"] is None
    assert streets.post(f"/works/{found['id']}/restore", {"version": 1}).status_code == 200
