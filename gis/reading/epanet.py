"""
EPANET models (`.inp`): the pipes of a water network, each a need of renewal; the CRS is not in the file and has to be
told.
"""

from collections import defaultdict
from pathlib import Path

import shapely

from gis.reading.records import ReadingError, Record, Source

_FEET = (
    "CFS",
    "GPM",
    "MGD",
    "IMGD",
    "AFD",
)  # flow units with which lengths are in feet (EPANET 2.2 user manual, appendix A)
_FOOT_M = 0.3048
_INCH_MM = 25.4
_ENDS = 2  # of a pipe


def read_epanet(path: Path) -> Source:
    """
    Read the pipes of a model, with `length_m` and `diameter_mm` as the file says.

    Raises:
        ReadingError: it has no pipes or no coordinates.
    """
    sections: dict[str, list[list[str]]] = defaultdict(list)
    section = ""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.partition(";")[0].split()
        if not words:
            continue
        if words[0].startswith("["):
            section = words[0].strip("[]").upper()
        else:
            sections[section].append(words)
    if not sections["PIPES"] or not sections["COORDINATES"]:
        raise ReadingError(f"{path.name} has no pipes with coordinates.")
    units = {words[0].upper(): words[1].upper() for words in sections["OPTIONS"] if len(words) > 1}.get("UNITS", "GPM")
    places = {words[0]: (float(words[1]), float(words[2])) for words in sections["COORDINATES"] if len(words) > 2}
    bends: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for words in sections["VERTICES"]:
        bends[words[0]].append((float(words[1]), float(words[2])))
    in_feet = units in _FEET
    records = []
    for number, words in enumerate(sections["PIPES"], 1):
        name, first, last = words[:3]
        ends = [places[node] for node in (first, last) if node in places]
        course = [ends[0], *bends[name], ends[1]] if len(ends) == _ENDS else []
        length, diameter = (float(word) for word in words[3:5])
        fields = {
            "id": name,
            "kind": "water",
            "length_m": length * (_FOOT_M if in_feet else 1),
            "diameter_mm": diameter * (_INCH_MM if in_feet else 1),
        }
        records.append(Record(number, fields, shapely.LineString(course) if course else None))
    return Source("EPANET", None, records)
