"""
Reading a file by what is in it, not by its name, through drivers that are allowed and nothing else.

Formats that refer to other files or run something (virtual ones, SQL scripts) are not among them. A zip is opened only
for one Shapefile, within limits.
"""

import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any  # values of files

import numpy as np

from gis.reading.epanet import read_epanet
from gis.reading.geojson import read_geojson
from gis.reading.records import ReadingError, Record, Source

MOST_BYTES = 1_000_000_000
_MOST_UNPACKED_BYTES = 2_000_000_000
_MOST_RATIO = 200  # a zip that unpacks to more than so many times its size is a bomb
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_GEOPACKAGE_IDS = (b"GPKG", b"GP10", b"GP11")  # application ids of OGC 12-128r18, clause 1.1.1.1.1
_OSM_TAGS = ("highway", "name", "surface", "bridge", "tunnel", "addr:street", "addr:housenumber")


def read_file(path: Path) -> Source:
    """
    Read a file of geographic things.

    Raises:
        ReadingError: it is of no format that can be read, damaged, or too large.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise ReadingError(f"{path} cannot be read: {error.strerror}.") from None
    if not size:
        raise ReadingError(f"{path.name} is empty.")
    if size > MOST_BYTES:
        raise ReadingError(f"{path.name} is larger than {MOST_BYTES // 1_000_000} MB.")
    for fits, read in _FORMATS:
        if fits(head, path):
            return read(path)
    raise ReadingError(
        f"{path.name} is of no known format; GeoPackage, GeoJSON, Shapefile, DXF, WZDx, EPANET and OpenStreetMap "
        f"extracts can be read."
    )


def _read_osm(path: Path) -> Source:
    """Read the ways of an extract of OpenStreetMap that have a highway tag, and the houses with an address."""
    with path.open("rb") as file:
        suffix = ".osm" if file.read(1) == b"<" else ".osm.pbf"
    source = _read_with_driver(path, "OSM", suffix, layer="lines")
    records = [Record(r.row, _osm_fields(r.fields), r.shape) for r in source.records if r.fields.get("highway")]
    if not records:
        raise ReadingError(f"{path.name} holds no streets: no way with a highway tag.")
    for layer in ("points", "multipolygons"):
        for found in _read_with_driver(path, "OSM", suffix, layer=layer).records:
            fields = _osm_fields(found.fields)
            if fields.get("addr:street") and fields.get("addr:housenumber"):
                records.append(Record(len(records) + 1, fields, found.shape))
    return Source("OSM", source.crs, records, ("© OpenStreetMap contributors, ODbL 1.0",))


def _osm_fields(fields: Any) -> dict[str, Any]:
    """Return the tags of a way; GDAL gives those without a column of their own as `"key"=>"value"` in one text."""
    found = {name: fields.get(name) for name in ("osm_id", "name", "highway") if fields.get(name)}
    for pair in str(fields.get("other_tags") or "").split('","'):
        key, _, value = pair.strip('"').partition('"=>"')
        if key in _OSM_TAGS:
            found[key] = value
    return found


def _read_geopackage(path: Path) -> Source:
    with path.open("rb") as file:
        if file.read(72)[68:] not in _GEOPACKAGE_IDS:
            raise ReadingError(f"{path.name} is a database of SQLite, but no GeoPackage.")
    return _read_with_driver(path, "GPKG", ".gpkg")


def _read_dxf(path: Path) -> Source:
    return _read_with_driver(path, "DXF", ".dxf")


def _read_zip(path: Path) -> Source:
    try:
        with zipfile.ZipFile(path) as packed, tempfile.TemporaryDirectory() as folder:
            members = [m for m in packed.infolist() if Path(m.filename).suffix.lower() in _SHAPEFILE_PARTS]
            stems = {Path(m.filename).stem for m in members if m.filename.lower().endswith(".shp")}
            if len(stems) != 1:
                raise ReadingError(f"{path.name} holds {len(stems)} Shapefiles; one is read from a zip.")
            if sum(m.file_size for m in members) > min(_MOST_UNPACKED_BYTES, _MOST_RATIO * path.stat().st_size):
                raise ReadingError(f"{path.name} unpacks to more than is allowed.")
            for member in members:
                target = Path(folder) / f"file{Path(member.filename).suffix.lower()}"
                with packed.open(member) as inside, target.open("wb") as out:
                    shutil.copyfileobj(inside, out)
            return _open(Path(folder) / "file.shp", "ESRI Shapefile", None)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ReadingError(f"{path.name} is no zip that can be unpacked ({str(error)[:80]}).") from None


def _read_shapefile(path: Path) -> Source:
    if not path.with_suffix(".dbf").exists():
        raise ReadingError(f"{path.name} lies without its .dbf; give all parts of the Shapefile, or a zip of them.")
    return _open(path, "ESRI Shapefile", None)


def _read_with_driver(path: Path, driver: str, suffix: str, layer: str | None = None) -> Source:
    """Open a file under a name that leaves its driver no choice."""
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / f"file{suffix}"
        link.symlink_to(path.resolve())
        return _open(link, driver, layer, name=path.name)


def _open(path: Path, driver: str, layer: str | None, name: str = "") -> Source:
    import pyogrio

    name = name or path.name
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # what GDAL finds odd and reads all the same
            return _read(path, driver, layer, name)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError, UnicodeDecodeError) as error:
        raise ReadingError(f"{name} cannot be read as {driver}: {str(error).splitlines()[0][:120]}.") from None


def _read(path: Path, driver: str, layer: str | None, name: str) -> Source:
    import pyogrio
    import shapely

    layers = [str(found) for found, kind in pyogrio.list_layers(path) if kind is not None]
    if not layers:
        raise ReadingError(f"{name} holds no layer with geometry.")
    if layer is None and len(layers) > 1:
        raise ReadingError(f"{name} holds the layers {', '.join(layers[:10])}; give a file with one.")
    info, _, shapes, columns = pyogrio.raw.read(path, layer=layer or layers[0])
    geometries = shapely.from_wkb(shapes, on_invalid="ignore")
    names = [str(field) for field in info["fields"]]
    records = [
        Record(row, {key: _plain(column[row - 1]) for key, column in zip(names, columns, strict=True)}, shape)
        for row, shape in enumerate(geometries, 1)
    ]
    return Source(driver, info["crs"], records)


def _plain(value: Any) -> Any:
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    return value.item() if isinstance(value, np.generic) else value


def _starts(*beginnings: bytes) -> Callable[[bytes, Path], bool]:
    return lambda head, _: head.startswith(beginnings)


def _is_osm(head: bytes, _: Path) -> bool:
    return (
        b"OSMHeader" in head[:64]
        or (head.lstrip().startswith(b"<?xml") and b"<osm" in head[:1000])
        or head.startswith(b"<osm")
    )


def _is_json(head: bytes, _: Path) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def _is_epanet(head: bytes, path: Path) -> bool:
    return path.suffix.lower() == ".inp" and b"[" in head


def _is_dxf(head: bytes, _: Path) -> bool:
    words = head[:2000].split()
    return words[:2] == [b"0", b"SECTION"] or (words[:1] == [b"999"] and b"SECTION" in words)


_FORMATS: tuple[tuple[Callable[[bytes, Path], bool], Callable[[Path], Source]], ...] = (
    (_starts(b"SQLite format 3\0"), _read_geopackage),
    (_is_osm, _read_osm),
    (_starts(b"\x00\x00\x27\x0a"), _read_shapefile),
    (_starts(b"PK\x03\x04"), _read_zip),
    (_is_epanet, read_epanet),
    (_is_json, read_geojson),
    (_is_dxf, _read_dxf),
)
