"""Buildings that want fibre and those that have it: what being connected is worth, and by when."""

import streamlit as st

from dashboard.api_client import Json, items, send
from dashboard.basemap import choose_place
from dashboard.dig_widgets import draw_features
from dashboard.i18n import _, day, euro
from dashboard.presentation import plain, speaking

_HAS_RGB, _WANTS_RGB = [40, 150, 70], [200, 30, 30]


def _show(sites: list[Json]) -> None:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [s["longitude"], s["latitude"]]},
            "properties": {"name": plain(s["name"]), "colour": _HAS_RGB if _has(s) else _WANTS_RGB},
        }
        for s in sites
    ]
    rows = [
        {
            _("Building"): s["name"],
            _("Fibre"): _("there") if _has(s) else _("wanted"),
            _("Worth a year"): euro(s["prize_eur_per_year"]),
            _("Connect by"): day(s["connect_by"]),
            _("Connected on"): day(s["connected_on"]),
        }
        for s in sites
    ]
    left, right = st.columns(2)
    with left:
        draw_features(
            features, "sites-map", "{name}", height=420, alt=_("Map of buildings; the table beside it says the same")
        )
    right.dataframe(rows, hide_index=True, key="sites", height=420, alt=_("Table of buildings"))


def _has(site: Json) -> bool:
    return bool(site["has_fibre"] or site["connected_on"])


def _enter(sites: list[Json]) -> None:
    with st.expander(_("Enter a building, or put one right"), icon=":material/add:"):
        known = {s["name"]: s for s in sites}
        name = st.selectbox(
            _("Building"),
            list(known),
            index=None,
            key="site-name",
            accept_new_options=True,
            placeholder=_("choose or type"),
        )
        if not name:
            return
        site = known.get(name)
        key = f"site-{name}"
        around = (sites[0]["longitude"], sites[0]["latitude"]) if sites else (21.5647, 57.3894)
        before = st.session_state.get(key) or ((site["longitude"], site["latitude"]) if site else None)
        clicked = choose_place(around, before, key)
        if clicked:
            st.session_state[key] = clicked
            st.rerun()
        _form(name, site, before, around)
        if site and st.button(_("It wants fibre no more"), key=f"{key}-remove", icon=":material/undo:"):
            with speaking():
                send("DELETE", f"/dig-sites/{site['id']}")
                st.rerun()


def _form(name: str, site: Json | None, before: tuple[float, float] | None, around: tuple[float, float]) -> None:
    """Draw the form of a building, at the place that was clicked on or is known, else in the middle of the others."""
    key = f"site-{name}"
    with st.form(key, border=False):
        first, second, third = st.columns(3)
        x, y = before or around
        longitude = first.number_input(_("Longitude"), -180.0, 180.0, x, format="%.6f", key=f"{key}-x-{before}")
        latitude = second.number_input(_("Latitude"), -90.0, 90.0, y, format="%.6f", key=f"{key}-y-{before}")
        present = float(site["prize_eur_per_year"]) if site else 0.0
        worth = third.number_input(_("Worth a year, EUR"), 0.0, None, present, key=f"{key}-worth")
        due = first.date_input(
            _("Connect by"), site["connect_by"] if site else None, key=f"{key}-due", format="DD.MM.YYYY"
        )
        has_fibre = second.checkbox(_("Fibre is there already"), bool(site and site["has_fibre"]), key=f"{key}-has")
        if st.form_submit_button(_("Save"), type="primary"):
            with speaking():
                body = {
                    "name": name,
                    "longitude": longitude,
                    "latitude": latitude,
                    "has_fibre": has_fibre,
                    "prize_eur_per_year": worth,
                }
                made = send("POST", "/dig-sites", body | {"connect_by": due.isoformat() if due else None})
                st.session_state.pop(key, None)
                for note in made["notes"]:
                    st.warning(plain(note))
                if not made["notes"]:
                    st.rerun()


st.title(_("Buildings and fibre"))
with speaking():
    found = items("/dig-sites")
    if found:
        _show(found)
    else:
        st.info(_("There are none yet. Enter one below, or take in a file on the page of digs."))
    if "plan" in st.session_state["me"]["may"]:
        _enter(found)
