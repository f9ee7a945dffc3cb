"""What pages of the digging half draw alike: the map of digs, their timetable, and fields for a place in words."""

from collections.abc import Sequence

import pydeck as pdk
import streamlit as st

from dashboard.api_client import Json, items
from dashboard.basemap import style
from dashboard.dig_words import status_word, title_of
from dashboard.i18n import _, day, today
from dashboard.presentation import plain

_MOST_BARS = 60  # of a timetable that is still read
_RGB = {
    "done": [150, 150, 150], "cancelled": [190, 190, 190], "under_way": [200, 30, 30], "overdue": [230, 140, 20],
    "to_come": [30, 110, 200], "idea": [120, 80, 180], "unknown": [120, 80, 180],
}  # fmt: skip
PERIODS_RGB = [
    [30, 110, 200], [40, 150, 70], [230, 140, 20], [150, 60, 170], [200, 30, 30], [20, 160, 160], [120, 90, 40], [90,
        90, 90],
]  # fmt: skip


def party_names() -> list[str]:
    """Return the clients that are known."""
    return [party["name"] for party in items("/parties")]


def ask_place(key: str) -> Json | None:
    """
    Draw fields for a place in words, a street from which crossing or house to which; return it,
    None without a street.
    """
    streets = [each["name"] for each in items("/street-names", limit=10_000)]
    first, second, third, fourth = st.columns([3, 3, 3, 2])
    street = first.selectbox(
        _("Street"), streets, index=None, key=f"{key}-street", accept_new_options=True, placeholder=_("choose or type")
    )
    crossings = [each["name"] for each in items("/street-names", crossing=street)] if street else []
    told = _("crossing, or a house number")
    begin = second.selectbox(
        _("From"), crossings, index=None, key=f"{key}-begin", accept_new_options=True, placeholder=told
    )
    end = third.selectbox(_("To"), crossings, index=None, key=f"{key}-end", accept_new_options=True, placeholder=told)
    metres = fourth.number_input(_("Metres"), 1.0, None, None, 10.0, key=f"{key}-metres")
    return {"street": street, "begin": begin or "", "end": end or "", "metres": metres} if street else None


def draw_digs(works: Sequence[Json], key: str, *, height: int = 520) -> None:
    """Draw digs on our own ground, coloured by how they stand."""
    features = [
        {
            "type": "Feature",
            "geometry": work["geometry"],
            "properties": {
                "title": plain(title_of(work)),
                "client": plain(work["promoter"]),
                "colour": _RGB[work["status"]],
                "dates": f"{day(work['starts_on'])} - {day(work['ends_on'])}",
            },
        }
        for work in works
        if work["geometry"] is not None
    ]
    draw_features(
        features,
        key,
        "{title}\n{client}\n{dates}",
        height=height,
        alt=_("Map of digs; the table beside it says the same"),
    )


def draw_features(features: Sequence[Json], key: str, tooltip: str, *, height: int, alt: str) -> None:
    """Draw GeoJSON features, each with its colour among its properties."""
    if not features:
        st.info(_("Nothing to draw: no place is known yet."))
        return
    layer = pdk.Layer(
        "GeoJsonLayer",
        {"type": "FeatureCollection", "features": list(features)},
        id="digs",
        pickable=True,
        filled=True,
        get_fill_color="properties.colour",
        get_line_color="properties.colour",
        opacity=0.5,
        line_width_min_pixels=3,
        point_radius_min_pixels=5,
    )
    longitude, latitude, zoom = look_at(features)
    deck = pdk.Deck(
        [layer],
        map_provider="carto",
        map_style=style(),
        tooltip={"text": tooltip},
        initial_view_state=pdk.ViewState(longitude=longitude, latitude=latitude, zoom=zoom),
    )
    st.pydeck_chart(deck, key=key, height=height, alt=alt)


def look_at(features: Sequence[Json]) -> tuple[float, float, float]:
    """Return the middle of features and a zoom at which they are seen together."""
    points = [point for feature in features for point in _points(feature["geometry"])]
    wests, souths = [x for x, _y in points], [y for _x, y in points]
    wide = max(max(wests) - min(wests), 2 * (max(souths) - min(souths)), 0.002)
    zoom = 9.0
    while zoom < 16 and wide * 2 ** (zoom + 1) < 420:  # 512 pixels are 360 degrees at zoom 0; half a page has some 400
        zoom += 0.5
    return (min(wests) + max(wests)) / 2, (min(souths) + max(souths)) / 2, zoom


def _points(geometry: Json) -> list[tuple[float, float]]:
    if geometry["type"] == "GeometryCollection":
        return [point for part in geometry["geometries"] for point in _points(part)]
    found, rest = [], [geometry["coordinates"]]
    while rest:
        here = rest.pop()
        if here and isinstance(here[0], list):
            rest += here
        elif here:
            found.append((float(here[0]), float(here[1])))
    return found


def draw_gantt(works: Sequence[Json], key: str) -> None:
    """Draw when digs are, the earliest first; those without dates are told."""
    timed = [work for work in works if work["starts_on"]]
    if len(timed) < len(works):
        st.caption(_("{count} have no dates yet.").format(count=len(works) - len(timed)))
    if not timed:
        return
    shown = timed[:_MOST_BARS]
    rows = [
        {
            "dig": f"{number}. {title_of(work)[:48]}",
            "start": work["starts_on"],
            "stop": work["ends_on"] or work["starts_on"],
            "state": status_word(work["status"]),
            "client": work["promoter"],
        }
        for number, work in enumerate(shown, 1)
    ]
    st.vega_lite_chart(spec=_timetable(rows), key=key, width="stretch", alt=_("When digs are; the table says the same"))
    if len(timed) > len(shown):
        st.caption(_("The first {count} of {total} are drawn.").format(count=len(shown), total=len(timed)))


def _timetable(rows: list[dict[str, str]]) -> Json:
    """Return the chart: a bar for every dig, and a line for today."""
    return {
        "height": {"step": 22},
        "layer": [
            {
                "data": {"values": rows},
                "mark": {"type": "bar", "cornerRadius": 3},
                "encoding": {
                    "y": {
                        "field": "dig",
                        "type": "nominal",
                        "sort": None,
                        "title": None,
                        "axis": {"labelLimit": 320, "labelOverlap": False},
                    },
                    "x": {"field": "start", "type": "temporal", "title": None},
                    "x2": {"field": "stop"},
                    "color": {"field": "state", "type": "nominal", "title": None},
                    "tooltip": [{"field": name} for name in ("dig", "client", "start", "stop", "state")],
                },
            },
            {
                "data": {"values": [{"day": today().isoformat()}]},
                "mark": {"type": "rule", "strokeDash": [4, 4]},
                "encoding": {"x": {"field": "day", "type": "temporal"}},
            },
        ],
    }
