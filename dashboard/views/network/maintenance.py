"""Maintenance: when nobody is told, of what, and for how long."""

from datetime import datetime, time, timedelta

import streamlit as st

from dashboard.api_client import Json, items, send
from dashboard.i18n import _, moment, zone
from dashboard.presentation import plain, speaking


def _repeat_word(repeats: str) -> str:
    return {"once": _("once"), "daily": _("every day"), "weekly": _("every week")}[repeats]


def _plan(agencies: dict[str, str]) -> None:
    with st.expander(_("Plan maintenance"), icon=":material/add:"):
        title = st.text_input(_("What is done"), key="title")
        agency = st.selectbox(_("Institution"), list(agencies), format_func=agencies.__getitem__, key="agency")
        devices = items("/devices", limit=1000, agency_id=agency) if agency else []
        sites = {"": _("all buildings"), **{d["site_id"]: d["site"] for d in devices}}
        site = st.selectbox(_("Building"), list(sites), format_func=sites.__getitem__, key="site")
        names = {"": _("all devices"), **{d["id"]: d["name"] for d in devices if site in ("", d["site_id"])}}
        device = st.selectbox(_("Device"), list(names), format_func=names.__getitem__, key="one-device")
        present = datetime.now(zone())
        day, start, length, repeats = st.columns(4)
        date = day.date_input(_("Day"), present.date(), key="day")
        begin = start.time_input(_("From"), time(present.hour, 0), key="from")
        hours = length.number_input(_("Hours"), 0.25, 168.0, 2.0, 0.25, key="hours")
        again = repeats.selectbox(_("How often"), ["once", "daily", "weekly"], format_func=_repeat_word, key="repeats")
        if st.button(_("Plan"), key="plan", type="primary", disabled=not title):
            first = datetime.combine(date, begin, zone())
            body = {"title": title, "agency_id": agency, "site_id": site or None, "device_id": device or None,
                "repeats": again,
                    "starts_at": first.isoformat(),
                    "ends_at": (first + timedelta(hours=hours)).isoformat()}  # fmt: skip
            with speaking():
                send("POST", "/maintenance", body)
                st.rerun()


def _show(row: Json) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.write(
            f"**{plain(row['title'])}** {plain(row['agency'])} · {moment(row['starts_at'])} – "
            f"{moment(row['ends_at'])} · "
            f"{_repeat_word(row['repeats'])} · {plain(row['made_by'])}"
        )
        if "operate" in st.session_state["me"]["may"] and st.button(
            _("Cancel"), key=f"cancel-{row['id']}", type="tertiary"
        ):
            with speaking():
                send("DELETE", f"/maintenance/{row['id']}")
                st.rerun()


st.title(_("Maintenance"))
st.caption(_("During maintenance nobody is told of problems, and the time counts for no availability."))
with speaking():
    if "operate" in st.session_state["me"]["may"]:
        _plan({a["id"]: a["name"] for a in items("/agencies")})
    planned = items("/maintenance")
    for found in planned:
        _show(found)
    if not planned:
        st.info(_("No maintenance is planned."))
