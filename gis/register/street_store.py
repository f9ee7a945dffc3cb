"""The street graph as Parquet: one row an edge, nodes by their places, so that what comes out is what went in."""

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from gis.streets import Houses, StreetGraph, Streets


_HOUSES = b"houses"


def pack_streets(streets: Streets) -> bytes:
    """Return a street graph as Parquet; the same graph gives the same bytes."""
    graph = streets.graph
    table = pa.table(
        {
            "shape": pa.array(shapely.to_wkb(graph.shapes).tolist(), pa.binary()),
            "u": graph.us,
            "v": graph.vs,
            "source": graph.sources,
            "name": pa.array(streets.names, pa.string()),
            "kind": pa.array(streets.kinds, pa.string()),
            "surface": pa.array(streets.surfaces, pa.string()),
            "bridge": streets.bridges,
        }
    )
    houses = streets.houses
    told = {"streets": list(houses.streets), "numbers": list(houses.numbers), "xy_m": houses.xy_m.tolist()}
    table = table.replace_schema_metadata({_HOUSES: json.dumps(told, ensure_ascii=False)})
    file = io.BytesIO()
    pq.write_table(table, file, compression="zstd")
    return file.getvalue()


def unpack_streets(data: bytes) -> Streets:
    """Return the street graph in Parquet."""
    table = pq.read_table(io.BytesIO(data))
    shapes = shapely.from_wkb(table["shape"].to_pylist())
    us, vs = (table[name].to_numpy().astype(np.int64) for name in ("u", "v"))
    places = np.zeros((int(max(us.max(initial=-1), vs.max(initial=-1))) + 1, 2))
    places[us] = shapely.get_coordinates(shapely.get_point(shapes, 0))
    places[vs] = shapely.get_coordinates(shapely.get_point(shapes, -1))
    graph = StreetGraph(np.asarray(shapes), us, vs, table["source"].to_numpy().astype(np.int64), places)
    return Streets(
        graph,
        table["name"].to_pylist(),
        table["kind"].to_pylist(),
        table["surface"].to_pylist(),
        table["bridge"].to_numpy(zero_copy_only=False).astype(np.bool_),
        _houses(table),
    )


def _houses(table: pa.Table) -> Houses:
    told = json.loads(table.schema.metadata[_HOUSES])
    return Houses(told["streets"], told["numbers"], np.array(told["xy_m"], np.float64).reshape(-1, 2))
