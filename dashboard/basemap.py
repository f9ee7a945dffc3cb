"""The ground under maps: its style, and choosing a place on it by a click."""

import math
from urllib.parse import urlencode, urlsplit

import pydeck as pdk
import streamlit as st

from dashboard.i18n import _

_CELLS_EACH_WAY = 20
_METRES_A_DEGREE = 111_320
_CLICKED_RGBA = [30, 110, 200, 30]
_CHOSEN_RGBA = [200, 30, 30, 220]
_ZOOMS = {100: 13.5, 20: 15.5, 5: 17.5}


def style() -> str:
    """Return the address of the style of our own ground; its tiles come from here too, and nothing from elsewhere."""
    parts = urlsplit(str(st.context.url))
    here = f"{parts.scheme}://{parts.netloc}"
    asked = {"tiles": f"{here}/basemap/{{z}}/{{x}}/{{y}}.pbf", "dark": st.context.theme.type == "dark"}
    return f"{here}/basemap/style.json?{urlencode(asked)}"


def cells(longitude: float, latitude: float, *, step_m: float) -> list[dict[str, list[float]]]:
    """
    Return a square of cells around a place, each with its south-western corner and its middle, in
    degrees (EPSG:4326).
    """
    tall = step_m / _METRES_A_DEGREE
    wide = tall / math.cos(math.radians(latitude))
    numbers = range(-_CELLS_EACH_WAY, _CELLS_EACH_WAY + 1)
    return [
        {
            "corner": [round(longitude + (x - 0.5) * wide, 7), round(latitude + (y - 0.5) * tall, 7)],
            "middle": [round(longitude + x * wide, 6), round(latitude + y * tall, 6)],
        }
        for x in numbers
        for y in numbers
    ]


def choose_place(
    around: tuple[float, float], chosen: tuple[float, float] | None, key: str
) -> tuple[float, float] | None:
    """Draw a map on which a click chooses a place; return longitude and latitude of a click that came just now."""
    step_m = st.segmented_control(
        _("A click is exact to"),
        list(_ZOOMS),
        default=20,
        required=True,
        format_func=lambda m: f"{m} m",
        key=f"{key}-step",
    )
    longitude, latitude = chosen or around
    view = pdk.ViewState(longitude=longitude, latitude=latitude, zoom=_ZOOMS[step_m])
    layers = _layers(chosen, longitude, latitude, step_m)
    deck = pdk.Deck(layers, map_provider="carto", map_style=style(), initial_view_state=view)
    clicked = st.pydeck_chart(
        deck,
        on_select="rerun",
        key=f"{key}-map-{longitude}-{latitude}-{step_m}",
        height=360,
        alt=_("Map to click on; latitude and longitude can be typed instead"),
    )
    found = clicked["selection"]["objects"].get("cells", [])
    return (found[0]["middle"][0], found[0]["middle"][1]) if found else None


def _layers(chosen: tuple[float, float] | None, longitude: float, latitude: float, step_m: float) -> list[pdk.Layer]:
    """Return cells to click on around a place, and the mark of what is chosen."""
    return [
        pdk.Layer(
            "GridCellLayer",
            cells(longitude, latitude, step_m=step_m),
            id="cells",
            get_position="corner",
            cell_size=step_m,
            extruded=False,
            get_fill_color=_CLICKED_RGBA,
            pickable=True,
            auto_highlight=True,
            coverage=0.94,
        ),
        pdk.Layer(
            "ScatterplotLayer",
            [{"position": list(chosen)}] if chosen else [],
            id="chosen",
            get_position="position",
            get_fill_color=_CHOSEN_RGBA,
            get_radius=4,
            radius_min_pixels=7,
            radius_max_pixels=12,
            stroked=True,
            get_line_color=[255, 255, 255],
        ),
    ]
