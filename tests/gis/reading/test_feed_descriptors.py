"""Descriptors of feeds: those that come with us, those that are none, and which one a file gets."""

import json
from pathlib import Path

import pytest

from gis.reading.feed_descriptors import descriptor_for, read_descriptor, shipped
from gis.reading.files import read_file
from gis.reading.records import ReadingError


def test_every_descriptor_that_comes_with_us_is_one() -> None:
    assert {"karlsruhe", "plain", "wzdx"} <= set(shipped())
    assert all(read_descriptor(name).fields.id for name in shipped())


def test_a_descriptor_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match="is none of"):
        read_descriptor("nowhere")
    (tmp_path / "bad.toml").write_text(
        'name = "x"\nlicence = "x"\nattribution = "x"\n[fields]\nid = "id"\nsecret = "x"\n'
    )
    with pytest.raises(ReadingError, match="secret"):
        read_descriptor(str(tmp_path / "bad.toml"))


@pytest.mark.parametrize(
    ("heading", "file_format", "fits"),
    [
        ({"feed_info": {}}, "WZDx", "wzdx"),
        ({"road_event_feed_info": {}}, "WZDx", "wzdx"),
        ({}, "GeoJSON", "plain"),
    ],
    ids=["version 4", "before version 4", "no feed"],
)
def test_a_file_is_recognised_as_a_feed_by_its_heading(
    tmp_path: Path, heading: dict[str, object], file_format: str, fits: str
) -> None:
    file = tmp_path / "works.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [], **heading}))
    source = read_file(file)
    assert source.format == file_format
    assert descriptor_for(source) == read_descriptor(fits)
