from pathlib import Path

import pytest

from gis.reading.files import read_file
from gis.reading.records import ReadingError

NODES = """
<node id="1" lat="57.39" lon="21.56" version="1"/>
<node id="2" lat="57.39" lon="21.57" version="1"/>
<node id="3" lat="57.391" lon="21.565" version="1">
  <tag k="addr:street" v="Ganību iela"/><tag k="addr:housenumber" v="4"/>
</node>
<node id="4" lat="57.391" lon="21.566" version="1"><tag k="addr:street" v="Ganību iela"/></node>
"""
STREET = """
<way id="10" version="1"><nd ref="1"/><nd ref="2"/>
  <tag k="highway" v="residential"/><tag k="name" v="Ganību iela"/>
  <tag k="surface" v="asphalt"/><tag k="bridge" v="yes"/>
</way>
"""
RIVER = '<way id="11" version="1"><nd ref="1"/><nd ref="2"/><tag k="waterway" v="river"/></way>'


def extract(folder: Path, *parts: str) -> Path:
    path = folder / "town.osm"
    path.write_text(f'<?xml version="1.0"?><osm version="0.6">{"".join(parts)}</osm>', encoding="utf-8")
    return path


def test_an_extract_gives_its_streets_and_the_houses_whose_address_is_whole(tmp_path: Path) -> None:
    source = read_file(extract(tmp_path, NODES, STREET, RIVER))
    street, house = source.records
    assert source.format == "OSM"
    assert (street.fields["highway"], street.fields["name"]) == ("residential", "Ganību iela")
    assert (street.fields["surface"], street.fields["bridge"]) == ("asphalt", "yes")
    assert street.shape is not None
    assert list(street.shape.coords) == [(21.56, 57.39), (21.57, 57.39)]
    assert house.fields == {"osm_id": "3", "addr:street": "Ganību iela", "addr:housenumber": "4"}
    assert source.notes == ("© OpenStreetMap contributors, ODbL 1.0",)


def test_an_extract_without_a_street_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match="no way with a highway tag"):
        read_file(extract(tmp_path, NODES, RIVER))
