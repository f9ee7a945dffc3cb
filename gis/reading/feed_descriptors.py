"""
Descriptors, which say which field of a feed is which; how a feed is recognised, and which descriptor fits it.

A descriptor is a TOML file: field paths (several are tried in order, a dot goes into a field), the pattern of dates and
their zone, the CRS where the file does not tell it, kinds and licence. `$geometry` is the geometry of the record
itself. Those that come with us lie in `gis/reading/feeds`.
"""

import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Literal  # values of files
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from gis.reading.records import ReadingError, Source

WZDX = "WZDx"


class _Fields(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: list[str]
    title: list[str] = []
    kind: list[str] = []
    promoter: list[str] = []
    starts_on: list[str] = []
    ends_on: list[str] = []
    note: list[str] = []
    depth_m: list[str] = []
    diameter_mm: list[str] = []
    geometry: list[str] = ["$geometry"]

    @field_validator("*", mode="before")
    @classmethod
    def _as_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class _Dates(BaseModel):
    model_config = ConfigDict(extra="forbid")
    pattern: str = "iso"
    midnight_in_utc: Literal["no", "yes", "recognise"] = "no"


class Descriptor(BaseModel):
    """Which field of a feed is which."""

    model_config = ConfigDict(extra="forbid")
    name: str
    licence: str
    attribution: str
    crs: str = ""
    timezone: str = "UTC"
    fields: _Fields
    dates: _Dates = Field(default_factory=_Dates)
    kinds: dict[str, str] = {}

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name!r} is no zone of the IANA time zone database")
        return name


def read_descriptor(name: str) -> Descriptor:
    """
    Return a descriptor that comes with us, by its name, or one from a file.

    Raises:
        ReadingError: there is none, or it is not one.
    """
    own = resources.files("gis.reading").joinpath("feeds", f"{name}.toml")
    try:
        text = own.read_text(encoding="utf-8") if own.is_file() else Path(name).read_text(encoding="utf-8")
        return Descriptor.model_validate(tomllib.loads(text))
    except OSError:
        raise ReadingError(
            f"Descriptor {name!r} is none of {', '.join(shipped())}, and no such file can be read."
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ReadingError(f"Descriptor {name!r} is no TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise ReadingError(f"Descriptor {name!r}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from None


def shipped() -> list[str]:
    """Return the names of the descriptors that come with us."""
    return sorted(f.name.removesuffix(".toml") for f in resources.files("gis.reading").joinpath("feeds").iterdir())


def is_wzdx(document: Mapping[str, Any]) -> bool:
    """Whether a GeoJSON document is a feed of the Work Zone Data Exchange, by its heading."""
    return "feed_info" in document or "road_event_feed_info" in document


def descriptor_for(source: Source) -> Descriptor:
    """Return the descriptor that fits a file when none is named."""
    return read_descriptor("wzdx" if source.format == WZDX else "plain")
