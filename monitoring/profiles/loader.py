"""Loading, checking and compiling profiles."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from pydantic import ValidationError

from monitoring.errors import ProfileError
from monitoring.profiles.expressions import Expression, Row, compile_expression
from monitoring.profiles.schema import SENSOR_UNITS, Interval, Profile, Reading, StateName, TableSpec
from monitoring.snmp import encode_oid

STANDARD = "standard"


@dataclass(frozen=True)
class CompiledReading:
    """A reading whose expressions are functions of a row."""

    spec: Reading
    expressions: Mapping[str, Expression]
    states: Mapping[int, StateName] | None

    def value(self, key: str, row: Row) -> int | float | str | bool | None:
        """Return what the expression of that key gives for a row; unknown where the profile has none."""
        expression = self.expressions.get(key)
        return expression(row) if expression else None


@dataclass(frozen=True)
class CompiledTable:
    """A table ready to be walked: object identifiers as octets, columns by name."""

    profile: str
    spec: TableSpec
    columns: Mapping[str, bytes]
    readings: tuple[CompiledReading, ...] = ()

    @property
    def interval(self) -> Interval:
        """How often it is read."""
        return self.spec.interval


@dataclass(frozen=True)
class CompiledProfile:
    """A profile ready for use."""

    spec: Profile
    probe: bytes
    tables: tuple[CompiledTable, ...] = field(default=())


def load_profile(source: Traversable) -> CompiledProfile:
    """
    Return the profile in a TOML file.

    Raises:
        ProfileError: not TOML, not of the schema, or with an expression, class or name that does not exist.
    """
    try:
        spec = Profile.model_validate(tomllib.loads(source.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"Profile {source.name}: not TOML ({error}).") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ProfileError(f"Profile {source.name}: {place}: {first['msg']}.") from None
    tables = tuple(_compile_table(source.name, spec, table) for table in spec.tables)
    _check_unique(source.name, spec)
    return CompiledProfile(spec, encode_oid(spec.probe), tables)


@cache
def standard_profiles() -> tuple[CompiledProfile, ...]:
    """Return the profiles that apply to every device that has their objects, in the order of their file names."""
    folder = files("monitoring.profiles") / STANDARD
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return tuple(load_profile(f) for f in found)


def _compile_table(file: str, profile: Profile, table: TableSpec) -> CompiledTable:
    where = f"Profile {file}, table {table.name}"
    columns = {name: encode_oid(f"{table.oid}.{number}") for name, number in table.columns.items()}
    for name in table.text:
        if name not in columns:
            raise ProfileError(f"{where}: text column {name!r} is not among its columns.")
    known = set(columns) | {"index"} | {name for t in profile.tables if t.name in table.join for name in t.columns}
    for joined in table.join:
        if joined not in {t.name for t in profile.tables}:
            raise ProfileError(f"{where}: joins {joined!r}, which the profile does not have.")
    readings = tuple(_compile_reading(where, profile, reading, known) for reading in table.readings)
    return CompiledTable(profile.name, table, columns, readings)


_EXPRESSION_KEYS = ("value", "total", "used", "skip", "unknown", "vendor", "model", "version", "serial")


def _compile_reading(where: str, profile: Profile, reading: Reading, known: set[str]) -> CompiledReading:
    expressions = {}
    for key in _EXPRESSION_KEYS:
        if (source := getattr(reading, key, None)) is not None:
            expressions[key] = compile_expression(source, f"{where}, {key}")
    if reading.kind == "sensor":
        for key, source in reading.limits:
            if source is not None:
                expressions[key] = compile_expression(source, f"{where}, {key}")
        _check_classes(where, reading.sensor_class)
    if reading.kind != "identity" and reading.read not in known:
        raise ProfileError(f"{where}: reads {reading.read!r}, which is not among its columns.")
    states = getattr(reading, "states", None)
    if states is not None and states not in profile.states:
        raise ProfileError(f"{where}: states {states!r} are not in the profile.")
    numbered = {int(number): state for number, state in profile.states[states].items()} if states else None
    return CompiledReading(reading, expressions, numbered)


def _check_classes(where: str, classes: str | dict[str, str]) -> None:
    for name in [classes] if isinstance(classes, str) else classes.values():
        if name not in SENSOR_UNITS:
            raise ProfileError(f"{where}: sensor class {name!r} does not exist; known are {', '.join(SENSOR_UNITS)}.")


def _check_unique(file: str, spec: Profile) -> None:
    seen: set[str] = set()
    for table in spec.tables:
        for number in table.columns.values():
            oid = f"{table.oid}.{number}"
            if oid in seen:
                raise ProfileError(f"Profile {file}: object {oid} stands in it twice.")
            seen.add(oid)
