"""Where things are and how they are; the same as a table beside it."""

import pydeck as pdk
import streamlit as st

from dashboard.api_client import Json, items
from dashboard.basemap import style
from dashboard.i18n import _
from dashboard.presentation import COLOURS_RGB, REFRESH_S, marked, plain, speaking, worst


def _places(devices: list[Json]) -> list[Json]:
    """Return one place a building that has a position, with the worst of its devices."""
    by_site: dict[str, list[Json]] = {}
    for device in devices:
        by_site.setdefault(device["site_id"], []).append(device)
    places = []
    for theirs in by_site.values():
        first = theirs[0]
        own = [d["state"] for d in theirs if d["state"] != "behind"] or ["behind"]
        state = worst(own)
        places.append(
            {
                "name": first["agency"],
                "site": first["site"],
                "agency_id": first["agency_id"],
                "position": [first["longitude"], first["latitude"]] if first["longitude"] is not None else None,
                "state": state,
                "word": marked(state, first["because_of_name"]),
                "colour": COLOURS_RGB[state],
                "devices": len(theirs),
            }
        )
    return places


@st.fragment(run_every=REFRESH_S)
def _show() -> None:
    with speaking():
        places = _places(items("/devices", limit=1000))
        placed = [p for p in places if p["position"]]
        left, right = st.columns([2, 1])
        with left:
            if placed:
                _draw(placed)
            else:
                st.info(_("No building has a position yet."))
        rows = [
            {_("Institution"): p["name"], _("State"): p["word"], _("Building"): p["site"], _("Devices"): p["devices"]}
            for p in places
        ]
        right.dataframe(rows, hide_index=True, key="places", alt=_("Table of buildings"))


def _draw(placed: list[Json]) -> None:
    longitudes, latitudes = zip(*(p["position"] for p in placed), strict=True)
    view = pdk.ViewState(
        longitude=sum(longitudes) / len(placed),
        latitude=sum(latitudes) / len(placed),
        zoom=12.5 if len(placed) > 1 else 14,
    )
    layers = [
        pdk.Layer(
            "ScatterplotLayer",
            placed,
            id="buildings",
            get_position="position",
            get_fill_color="colour",
            pickable=True,
            get_radius=45,
            radius_min_pixels=7,
            radius_max_pixels=18,
            stroked=True,
            get_line_color=[255, 255, 255],
        ),
        pdk.Layer(
            "TextLayer",
            placed,
            id="names",
            get_position="position",
            get_text="name",
            get_size=12,
            get_color=[110, 110, 110],
            get_pixel_offset=[0, -18],
            character_set=pdk.types.String("auto"),
        ),
    ]
    tooltip = {"text": "{name}\n{site}\n{word}"}
    deck = pdk.Deck(layers, map_provider="carto", map_style=style(), initial_view_state=view, tooltip=tooltip)
    st.pydeck_chart(deck, key="map", height=560, alt=_("Map of buildings; the table beside it says the same"))


st.title(_("Map"))
st.caption(plain(_("Positions as registered; the demo town's are schematic.")))
_show()
