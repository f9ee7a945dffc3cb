"""
Which edges works open: import of a street file, and matching on arrays, at growing sizes, beside the same join in
PostGIS.

    python -m bench.matching [--largest 1000000]

Streets are a grid of blocks of 100 m; a work is a stretch of 300 m of it, drawn a metre beside. Every size is ten times
the one before, so that a growth of ten in time is linear. The file is GeoJSON, as feeds and most exports are.
"""

import argparse
import json
import math
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from bench.postgis import database, match, programs
from gis.reading.files import read_file
from gis.reading.streets import read_streets
from gis.streets.graph import build_graph
from gis.streets.matching import match_edges

BLOCK_M, WITHIN_M, CRS = 100.0, 3.0, "EPSG:3059"
ORIGIN = np.array([400_000.0, 300_000.0])


def grid(edges: int) -> np.ndarray:
    """Return about so many blocks of a square grid of streets, as lines."""
    side = max(2, round(math.sqrt(edges / 2)))
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(side), np.arange(side)))
    starts = np.column_stack([x, y]).astype(float)
    lines = [np.stack([starts, starts + step], axis=1) for step in ([1, 0], [0, 1])]
    return shapely.linestrings(np.concatenate(lines) * BLOCK_M + ORIGIN)


def works(count: int, edges: int, seed: int = 1) -> np.ndarray:
    side = max(2, round(math.sqrt(edges / 2)))
    chance = np.random.default_rng(seed)
    starts = chance.integers(0, max(1, side - 3), (count, 2)) * BLOCK_M + ORIGIN + np.array([0, 1])
    return shapely.linestrings(np.stack([starts, starts + np.array([300, 0])], axis=1))


def write_streets(lines: np.ndarray, file: Path) -> None:
    features = [
        f'{{"type":"Feature","properties":{{"highway":"residential"}},"geometry":{text}}}'
        for text in shapely.to_geojson(lines)
    ]
    crs = json.dumps({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3059"}})
    file.write_text(f'{{"type":"FeatureCollection","crs":{crs},"features":[{",".join(features)}]}}')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--largest", type=int, default=1_000_000)
    options = parser.parse_args()
    where = programs()
    with database(where) if where else nullcontext() as connection:
        compare(options.largest, connection)


def compare(largest: int, connection: Any) -> None:
    if connection is None:
        print("PostGIS is not here; `make postgis` brings it")
    for edges, count in ((10_000, 1_000), (100_000, 10_000), (1_000_000, 10_000)):
        if edges > largest:
            break
        lines = grid(edges)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "streets.geojson"
            write_streets(lines, file)
            begun = time.perf_counter()
            streets, _ = read_streets(read_file(file), crs=None, town_crs=CRS)
            read_s = time.perf_counter() - begun
        begun = time.perf_counter()
        graph = build_graph(lines)
        noded_s = time.perf_counter() - begun
        begun = time.perf_counter()
        digs = works(count, edges)
        found = match_edges(digs, graph.shapes, within_m=WITHIN_M)
        matched_s = time.perf_counter() - begun
        print(
            f"{len(streets.graph.us):9,d} edges x {count:6,d} works: file {read_s:6.2f} s, noding {noded_s:6.2f} s, "
            f"matching {matched_s:6.2f} s, {len(found.edges):,d} pairs"
        )
        if connection is not None:
            pairs, loaded_s, joined_s = match(connection, digs, graph.shapes, WITHIN_M)
            print(
                f"{'':12s}PostGIS: taking in {loaded_s:6.2f} s, the same join {joined_s:6.2f} s, {pairs:,d} pairs; "
                f"ours {joined_s / matched_s:.1f} x as fast, {(loaded_s + joined_s) / (noded_s + matched_s):.1f} x "
                f"with taking in"
            )


if __name__ == "__main__":
    main()
