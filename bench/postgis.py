"""A PostGIS of its own for a benchmark: a cluster in a folder that is gone afterwards."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely

_JOIN = """
SELECT count(*), sum(ST_Length(ST_Intersection(e.shape, ST_Buffer(w.shape, %(within)s))))
FROM works w JOIN edges e ON ST_DWithin(w.shape, e.shape, %(within)s)
"""


def programs() -> Path | None:
    """Return where PostgreSQL's programs are, if PostGIS is there too."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    has_postgis = list(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))
    return found[-1] if found and has_postgis else None


@contextmanager
def database(where: Path) -> Iterator[Any]:
    """Give a connection to an empty database with PostGIS, over a socket in a folder of its own."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    as_user: list[str] = []
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
        as_user = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(
        [*as_user, where / "initdb", "-D", folder / "data", "-A", "trust", "-U", "bench"], check=True, **quiet
    )
    settings = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=1GB", "-c", "work_mem=256MB"]
    server = subprocess.Popen([*as_user, where / "postgres", "-D", folder / "data", "-k", folder, *settings], **quiet)
    try:
        for _ in range(100):
            try:
                connection = psycopg.connect(host=str(folder), user="bench", dbname="postgres", autocommit=True)
                break
            except psycopg.OperationalError:
                time.sleep(0.1)
        with connection:
            connection.execute("CREATE EXTENSION postgis")
            yield connection
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def match(connection: Any, works: np.ndarray, edges: np.ndarray, within_m: float) -> tuple[int, float, float]:
    """
    Return the pairs that the same join finds, and the seconds for taking both in with their indexes and for the join.
    """
    begun = time.perf_counter()
    for name, shapes in (("works", works), ("edges", edges)):
        connection.execute(f"DROP TABLE IF EXISTS {name}")
        connection.execute(f"CREATE UNLOGGED TABLE {name} (shape geometry)")
        with connection.cursor().copy(f"COPY {name} FROM STDIN") as copy:
            copy.write("\n".join(shapely.to_wkb(shapes, hex=True).tolist()) + "\n")
        connection.execute(f"CREATE INDEX ON {name} USING gist (shape)")
        connection.execute(f"ANALYZE {name}")
    loaded_s = time.perf_counter() - begun
    begun = time.perf_counter()
    pairs, _ = connection.execute(_JOIN, {"within": within_m}).fetchone()
    return int(pairs), loaded_s, time.perf_counter() - begun
