"""An institution: its state, buildings, devices, problems, and whom to call."""

import streamlit as st

from dashboard.api_client import items, load
from dashboard.building_forms import add_site
from dashboard.i18n import _
from dashboard.institution_widgets import (
    add_contact,
    may_configure,
    show_contacts,
    show_devices,
    show_problems,
    show_state,
)
from dashboard.presentation import REFRESH_S, pick, plain, speaking


@st.fragment(run_every=REFRESH_S)
def _show(agency_id: str) -> None:
    with speaking():
        devices = items("/devices", limit=1000, agency_id=agency_id)
        show_state(devices)
        show_problems(items("/incidents", agency_id=agency_id))
        st.subheader(_("Buildings and devices"))
        for site in load(f"/agencies/{agency_id}")["sites"]:
            st.page_link(
                "views/network/building.py",
                label=f"**{plain(site['name'])}**",
                icon=":material/home_work:",
                query_params={"building": site["id"]},
            )
            show_devices(d for d in devices if d["site_id"] == site["id"])


def _choose() -> str | None:
    agencies = {a["id"]: a["name"] for a in items("/agencies")}
    if not agencies:
        st.info(_("There is no institution yet."))
        return None
    return pick(st, _("Institution"), agencies, "institution")


with speaking():
    chosen = _choose()
    if chosen:
        found = load(f"/agencies/{chosen}")
        st.title(plain(found["name"]))
        _show(chosen)
        is_mine, names = may_configure(found["name"]), {site["id"]: site["name"] for site in found["sites"]}
        show_contacts(found["contacts"], names, may_remove=is_mine)
        if is_mine:
            add_contact(chosen, names)
            add_site(chosen)
