"""
The street graph of the town, kept as Parquet: one row an edge, nodes by their places; what comes
out is what went in.
"""

import io
import json
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from gis.register.models import DigImport, StreetSet
from gis.streets import Gazetteer, Houses, StreetGraph, Streets
from ventspils.core.errors import UsageError

_HOUSES = b"houses"


@dataclass(frozen=True)
class TownStreets:
    """The streets that hold, with their names; `version` is the digest of the graph."""

    version: str
    streets: Streets
    gazetteer: Gazetteer


_KNOWN: dict[str, TownStreets] = {}  # the last one that was asked for: unpacking takes longer than most questions


def load_town(session: Session) -> TownStreets:
    """
    Return the streets of the town.

    Raises:
        UsageError: none were imported yet.
    """
    found = session.execute(
        select(StreetSet.digest, StreetSet.import_id)
        .join(DigImport)
        .where(DigImport.undone_at.is_(None))
        .order_by(DigImport.at.desc())
        .limit(1)
    ).first()
    if found is None:
        raise UsageError("There are no streets yet; import some with `streets import`.")
    town = _KNOWN.get(found.digest)
    if town is None:
        streets = unpack_streets(session.get_one(StreetSet, found.import_id).data)
        town = TownStreets(found.digest, streets, Gazetteer(streets))
        _KNOWN.clear()
        _KNOWN[found.digest] = town
    return town


def present_streets(session: Session) -> StreetSet | None:
    """Return the street graph that holds, or None before the first one."""
    return session.scalar(
        select(StreetSet).join(DigImport).where(DigImport.undone_at.is_(None)).order_by(DigImport.at.desc()).limit(1)
    )


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
