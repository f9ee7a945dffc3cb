"""Streets and houses of an extract of OpenStreetMap, as XML or PBF."""

from pathlib import Path
from typing import Any  # values of files

from gis.reading.drivers import read_with_driver
from gis.reading.records import ReadingError, Record, Source

_TAGS = ("highway", "name", "surface", "bridge", "tunnel", "addr:street", "addr:housenumber")


def read_osm(path: Path) -> Source:
    """
    Read the ways of an extract of OpenStreetMap that have a highway tag, and the houses with an address.

    Raises:
        ReadingError: it is no extract, or has no street.
    """
    with path.open("rb") as file:
        suffix = ".osm" if file.read(1) == b"<" else ".osm.pbf"
    source = read_with_driver(path, "OSM", suffix, layer="lines")
    records = [Record(r.row, _fields_of(r.fields), r.shape) for r in source.records if r.fields.get("highway")]
    if not records:
        raise ReadingError(f"{path.name} holds no streets: no way with a highway tag.")
    for layer in ("points", "multipolygons"):
        for found in read_with_driver(path, "OSM", suffix, layer=layer).records:
            fields = _fields_of(found.fields)
            if fields.get("addr:street") and fields.get("addr:housenumber"):
                records.append(Record(len(records) + 1, fields, found.shape))
    return Source("OSM", source.crs, records, ("© OpenStreetMap contributors, ODbL 1.0",))


def _fields_of(fields: Any) -> dict[str, Any]:
    """Return the tags of a way; GDAL gives those without a column of their own as `"key"=>"value"` in one text."""
    found = {name: fields.get(name) for name in ("osm_id", "name", "highway") if fields.get(name)}
    for pair in str(fields.get("other_tags") or "").split('","'):
        key, _, value = pair.strip('"').partition('"=>"')
        if key in _TAGS:
            found[key] = value
    return found
