"""Forms of buildings: their fields with a place on the map, and a new one."""

import streamlit as st

from dashboard.api_client import Json, items, send
from dashboard.basemap import choose_place
from dashboard.i18n import _
from dashboard.institution_widgets import may_configure
from dashboard.presentation import speaking


def _position(key: str, site: Json, others: list[Json]) -> tuple[float | None, float | None]:
    """Draw a map to click on and two fields to type in; return latitude and longitude."""
    names = f"{key}-latitude", f"{key}-longitude"
    for name, present in zip(names, (site.get("latitude"), site.get("longitude")), strict=True):
        st.session_state.setdefault(name, present)
    latitude, longitude = (st.session_state[name] for name in names)
    chosen = (longitude, latitude) if None not in (latitude, longitude) else None
    placed = [other for other in others if other["longitude"] is not None]
    if chosen or placed:
        around = chosen or _middle(placed)
        clicked = choose_place(around, chosen, key)
        if clicked and clicked != chosen:
            st.session_state[names[1]], st.session_state[names[0]] = clicked
            st.rerun()
    left, right = st.columns(2)
    with left:
        st.number_input(_("Latitude"), -90.0, 90.0, None, 0.0001, format="%.6f", key=names[0])
    with right:
        st.number_input(_("Longitude"), -180.0, 180.0, None, 0.0001, format="%.6f", key=names[1])
    return st.session_state[names[0]], st.session_state[names[1]]


def _middle(placed: list[Json]) -> tuple[float, float]:
    return (
        sum(p["longitude"] for p in placed) / len(placed),
        sum(p["latitude"] for p in placed) / len(placed),
    )


def site_fields(key: str, site: Json, agencies: dict[str, str]) -> Json:
    """
    Draw the fields of a building and return what stands in them; `agencies` are the institutions it
    may belong to.
    """
    ids = list(agencies)
    name = st.text_input(_("Name"), site.get("name", ""), key=f"{key}-name", max_chars=200)
    index = ids.index(site["agency_id"]) if site.get("agency_id") in ids else 0
    agency = st.selectbox(_("Institution"), ids, index=index, format_func=agencies.__getitem__, key=f"{key}-agency")
    left, right = st.columns(2)
    with left:
        address = st.text_input(_("Street address"), site.get("address") or "", key=f"{key}-address", max_chars=200)
    with right:
        hours = st.text_input(_("Opening hours"), site.get("opening_hours") or "", key=f"{key}-hours", max_chars=200)
    latitude, longitude = _position(key, site, items("/sites"))
    return {"name": name, "agency_id": agency, "address": address or None, "opening_hours": hours or None,
            "latitude": latitude, "longitude": longitude}  # fmt: skip


def my_agencies() -> dict[str, str]:
    """Return the institutions whose buildings the person may change, by id."""
    return {a["id"]: a["name"] for a in items("/agencies") if may_configure(a["name"])}


def add_site(agency_id: str) -> None:
    """Draw the form for a new building, of a given institution unless another is chosen."""
    number = st.session_state.setdefault("new-building", 0)
    form = st.expander(_("Add a building"), icon=":material/add_home_work:", key=f"add-{number}", on_change="rerun")
    if not form.open:  # what is closed costs no map
        return
    with form:
        body = site_fields(f"new-{number}", {"agency_id": agency_id}, my_agencies())
        if st.button(_("Add the building"), key="add-site", type="primary", disabled=not body["name"].strip()):
            with speaking():
                added = send("POST", "/sites", body)
                st.session_state["new-building"] = number + 1
                st.switch_page("views/network/building.py", query_params={"building": added["id"]})
