"""
What the embedded store knows of its points: numbers for the names of buckets, measurements, fields and series, and its
days.
"""

import duckdb

from monitoring.telemetry.line_protocol import FieldType, SeriesKey

SQL_TYPES = {
    FieldType.FLOAT: "DOUBLE",
    FieldType.INTEGER: "BIGINT",
    FieldType.UNSIGNED: "UBIGINT",
    FieldType.STRING: "VARCHAR",
    FieldType.BOOLEAN: "BOOLEAN",
}
SCHEMA = """
CREATE TABLE IF NOT EXISTS buckets (id INTEGER PRIMARY KEY, name VARCHAR UNIQUE, retention_s BIGINT);
CREATE TABLE IF NOT EXISTS measurements (id INTEGER PRIMARY KEY, bucket INTEGER, name VARCHAR, UNIQUE (bucket, name));
CREATE TABLE IF NOT EXISTS fields (id INTEGER PRIMARY KEY, measurement INTEGER, name VARCHAR, type VARCHAR);
CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, measurement INTEGER, tags MAP(VARCHAR, VARCHAR));
CREATE TABLE IF NOT EXISTS days (measurement INTEGER, day INTEGER, hot BOOLEAN, UNIQUE (measurement, day, hot));
"""


def hot_table(measurement: int, day: int) -> str:
    """Return how the table of a hot day is called."""
    return f"hot_{measurement}_{day}".replace("-", "m")


class Catalogue:
    """Numbers for names: held in memory, written down beside the points in the same transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        rows = connection.execute
        self.buckets = {n: (i, r) for i, n, r in rows("SELECT id, name, retention_s FROM buckets").fetchall()}
        found = rows("SELECT id, bucket, name FROM measurements").fetchall()
        self.measurements: dict[tuple[int, str], int] = {(b, n): i for i, b, n in found}
        self.fields: dict[int, dict[str, tuple[int, FieldType]]] = {i: {} for i in self.measurements.values()}
        for i, measurement, name, kind in rows("SELECT id, measurement, name, type FROM fields").fetchall():
            self.fields[measurement][name] = (i, FieldType(kind))
        names = {number: name for (_, name), number in self.measurements.items()}
        self.series: dict[int, dict[SeriesKey, int]] = {number: {} for number in names}
        self.next_series = 1
        for i, measurement, tags in rows("SELECT id, measurement, tags FROM series").fetchall():
            self.series[measurement][SeriesKey(names[measurement], tuple(sorted(tags.items())))] = i
            self.next_series = max(self.next_series, i + 1)
        self.days = {(m, d, h) for m, d, h in rows("SELECT measurement, day, hot FROM days").fetchall()}
        self.hot = self._hot_columns(connection)
        self.next_field = 1 + max((i for fields in self.fields.values() for i, _ in fields.values()), default=0)

    def _hot_columns(self, connection: duckdb.DuckDBPyConnection) -> dict[tuple[int, int], set[int]]:
        """Return the fields that the table of each hot day has; a day has those that were ever written to it."""
        tables = {hot_table(measurement, day): (measurement, day) for measurement, day, hot in self.days if hot}
        found: dict[tuple[int, int], set[int]] = {day: set() for day in tables.values()}
        for table, column in connection.execute("SELECT table_name, column_name FROM duckdb_columns()").fetchall():
            if table in tables and column[1:].isdecimal():
                found[tables[table]].add(int(column[1:]))
        return found
