"""Choosing the street sections that a dig opens, by list or by clicking on them."""

import pydeck as pdk
import streamlit as st

from dashboard.api_client import Json, items, load, send
from dashboard.basemap import style
from dashboard.dig_widgets import look_at
from dashboard.i18n import _, number
from dashboard.presentation import plain, speaking

_OPEN_RGB, _SHUT_RGB = [200, 30, 30], [120, 120, 120]
_MARGIN_DEGREES = 0.003
_MOST = 2000


def choose_edges(work: Json) -> None:
    """Draw the sections near a dig, those that it opens marked; what is chosen and saved holds from then on."""
    opened = load(f"/works/{work['id']}/edges")
    present = {edge["edge"]: edge for edge in opened["edges"]}
    near, view = _near(work)
    names = {
        edge["edge"]: f"{edge['name'] or _('street without a name')} ({edge['edge']})"
        for edge in [*near, *present.values()]
    }
    key = f"edges-{work['id']}-{work['version']}"
    if key not in st.session_state:
        st.session_state[key] = sorted(present)
    clicked = _draw(near, set(st.session_state[key]), view, f"{key}-map")
    for edge in clicked - set(st.session_state.get(f"{key}-clicked", ())):
        st.session_state[key] = sorted(set(st.session_state[key]) ^ {edge})
    st.session_state[f"{key}-clicked"] = clicked
    chosen = st.multiselect(
        _("Street sections"),
        sorted(names),
        format_func=lambda edge: names.get(edge, str(edge)),
        key=key,
        placeholder=_("choose"),
    )
    _tell_parts([edge for edge in present.values() if edge["edge"] in chosen], names)
    left, right = st.columns(2)
    if left.button(_("These sections it is"), key=f"{key}-save", type="primary"):
        _put(work, chosen)
    if opened["put_right_by_hand"] and right.button(_("Back to what was told"), key=f"{key}-back"):
        _put(work, [])


def _near(work: Json) -> tuple[list[Json], tuple[float, float, float]]:
    """Return the sections near a dig, and the view in which they are drawn: longitude, latitude, zoom."""
    around = [{"geometry": work["geometry"]}] if work["geometry"] else load("/layers/streets")["features"][:1]
    longitude, latitude, zoom = look_at(around)
    margin = _MARGIN_DEGREES * 2 ** max(0.0, 16 - zoom) / 2
    near = items(
        "/street-edges",
        limit=_MOST,
        west=longitude - 2 * margin,
        south=latitude - margin,
        east=longitude + 2 * margin,
        north=latitude + margin,
    )[:_MOST]
    return near, (longitude, latitude, zoom)


def _tell_parts(chosen: list[Json], names: dict[int, str]) -> None:
    """Tell which of the chosen sections are opened in part."""
    for edge in chosen:
        if edge["share"] < 1:
            told = _("{street}: {share} % of {metres}").format(
                street=plain(names[edge["edge"]]),
                share=round(100 * edge["share"]),
                metres=number(edge["length_m"], "m"),
            )
            st.caption(told)


def _put(work: Json, edges: list[int]) -> None:
    with speaking():
        send("PUT", f"/works/{work['id']}/edges", {"edges": edges}, version=work["version"])
        st.rerun()


def _draw(edges: list[Json], chosen: set[int], view: tuple[float, float, float], key: str) -> set[int]:
    """Draw street sections; return those that are clicked on."""
    features = [
        {
            "type": "Feature",
            "geometry": edge["geometry"],
            "properties": {
                "edge": edge["edge"],
                "name": plain(edge["name"]),
                "colour": _OPEN_RGB if edge["edge"] in chosen else _SHUT_RGB,
            },
        }
        for edge in edges
    ]
    layer = pdk.Layer(
        "GeoJsonLayer",
        {"type": "FeatureCollection", "features": features},
        id="edges",
        pickable=True,
        auto_highlight=True,
        get_line_color="properties.colour",
        line_width_min_pixels=6,
    )
    longitude, latitude, zoom = view
    deck = pdk.Deck(
        [layer],
        map_provider="carto",
        map_style=style(),
        tooltip={"text": "{name}"},
        initial_view_state=pdk.ViewState(longitude=longitude, latitude=latitude, zoom=zoom),
    )
    found = st.pydeck_chart(
        deck,
        key=key,
        height=420,
        on_select="rerun",
        selection_mode="multi-object",
        alt=_("Map of street sections to click on; the list below does the same"),
    )
    return {item["properties"]["edge"] for item in found["selection"]["objects"].get("edges", [])}
