"""
Reading a file by what is in it, not by its name, through drivers that are allowed and nothing else.

Formats that refer to other files or run something (virtual ones, SQL scripts) are not among them. A zip is opened only
for one Shapefile, within limits.
"""

import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gis.reading.drivers import read_in_place, read_with_driver
from gis.reading.epanet import read_epanet
from gis.reading.feed_descriptors import WZDX, is_wzdx
from gis.reading.geojson import load_json, read_document
from gis.reading.osm import read_osm
from gis.reading.records import ReadingError, Source

MOST_BYTES = 1_000_000_000
_MOST_UNPACKED_BYTES = 2_000_000_000
_MOST_RATIO = 200  # a zip that unpacks to more than so many times its size is a bomb
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_GEOPACKAGE_IDS = (b"GPKG", b"GP10", b"GP11")  # application ids of OGC 12-128r18, clause 1.1.1.1.1


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


def _read_geopackage(path: Path) -> Source:
    with path.open("rb") as file:
        if file.read(72)[68:] not in _GEOPACKAGE_IDS:
            raise ReadingError(f"{path.name} is a database of SQLite, but no GeoPackage.")
    return read_with_driver(path, "GPKG", ".gpkg")


def _read_dxf(path: Path) -> Source:
    return read_with_driver(path, "DXF", ".dxf")


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
            return read_in_place(Path(folder) / "file.shp", "ESRI Shapefile")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ReadingError(f"{path.name} is no zip that can be unpacked ({str(error)[:80]}).") from None


def _read_shapefile(path: Path) -> Source:
    if not path.with_suffix(".dbf").exists():
        raise ReadingError(f"{path.name} lies without its .dbf; give all parts of the Shapefile, or a zip of them.")
    return read_in_place(path, "ESRI Shapefile")


def _read_json(path: Path) -> Source:
    """Read GeoJSON, and call it by the feed that it is, if it is one."""
    document = load_json(path)
    source = read_document(document, path.name)
    return replace(source, format=WZDX) if is_wzdx(document) else source


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
    (_is_osm, read_osm),
    (_starts(b"\x00\x00\x27\x0a"), _read_shapefile),
    (_starts(b"PK\x03\x04"), _read_zip),
    (_is_epanet, read_epanet),
    (_is_json, _read_json),
    (_is_dxf, _read_dxf),
)
