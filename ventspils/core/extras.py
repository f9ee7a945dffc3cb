"""
Parts of the product that are installed when asked for: which library belongs to which, and one sentence where one is
missing.
"""

from enum import StrEnum
from importlib.util import find_spec

from ventspils.core.errors import MissingExtraError


class Extra(StrEnum):
    """A part as pip names it: `pip install 'ventspils-ict[centre]'`."""

    CENTRE = "centre"
    POSTGRES = "postgres"
    GIS = "gis"
    PLANNER = "planner"
    DASHBOARD = "dashboard"


# By the names that are imported; the packages and their versions stand in pyproject.toml.
MODULES = {
    Extra.CENTRE: (
        "fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic", "argon2", "apprise", "duckdb", "pmtiles", "pytz"
    ),
    Extra.POSTGRES: ("psycopg",),
    Extra.GIS: ("shapely", "pyproj", "pyogrio", "geopandas", "pandas", "icalendar", "python_calamine"),
    Extra.PLANNER: ("scipy", "numba", "highspy"),
    Extra.DASHBOARD: ("streamlit", "babel", "pydeck"),
}  # fmt: skip


def explain(missing: ModuleNotFoundError) -> MissingExtraError | None:
    """Return what to say of a module that is not there; nothing where it is no library of an extra."""
    name = (missing.name or "").partition(".")[0]
    found = next((extra for extra, modules in MODULES.items() if name in modules), None)
    return None if found is None else _missing(found)


def require(extra: Extra) -> None:
    """
    Look whether a part is installed.

    Raises:
        MissingExtraError: it is not.
    """
    if any(find_spec(module) is None for module in MODULES[extra]):
        raise _missing(extra)


def _missing(extra: Extra) -> MissingExtraError:
    return MissingExtraError(
        f"This needs the extra '{extra}', which is not installed: pip install 'ventspils-ict[{extra}]'."
    )
