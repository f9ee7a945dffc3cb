"""A building: where it is, when it is open, whom to call, how its devices are; and changing all that."""

import streamlit as st

from dashboard.api_client import Json, items, load, send
from dashboard.building_forms import add_site, my_agencies, site_fields
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
def _show(site_id: str) -> None:
    with speaking():
        devices = items("/devices", limit=1000, site_id=site_id)
        show_state(devices)
        show_problems(items("/incidents", site_id=site_id))
        st.subheader(_("Devices"))
        show_devices(devices)
        if not devices:
            st.caption(_("There is no device yet."))


def _show_place(site: Json) -> None:
    st.page_link(
        "views/network/institution.py",
        label=plain(site["agency"]),
        icon=":material/apartment:",
        query_params={"institution": site["agency_id"]},
    )
    if site["address"]:
        st.write(f":material/home: {plain(site['address'])}")
    if site["opening_hours"]:
        st.write(f":material/schedule: {plain(site['opening_hours'])}")
    if site["longitude"] is not None:
        st.caption(f":material/pin_drop: {site['latitude']:.5f}, {site['longitude']:.5f}")
    else:
        st.caption(_("It has no position yet, so the map does not show it."))


def _change(site: Json) -> None:
    """Draw the form for everything that is kept of the building itself."""
    form = st.expander(_("Change or move this building"), icon=":material/edit:", key="change", on_change="rerun")
    if not form.open:  # what is closed costs no map
        return
    with form:
        body = site_fields(f"site-{site['id']}-{site['version']}", site, my_agencies())
        if body["agency_id"] != site["agency_id"]:
            st.info(
                _("Its devices, contacts and maintenance move to the other institution with it."),
                icon=":material/info:",
            )
        if st.button(_("Save"), key="save-site", type="primary", icon=":material/save:"):
            changes = {name: value for name, value in body.items() if value != site[name]}
            with speaking():
                send("PATCH", f"/sites/{site['id']}", changes, version=site["version"])
                st.toast(_("Saved."), icon=":material/check:")
                st.rerun()


def _choose() -> str | None:
    sites = {s["id"]: f"{s['agency']}: {s['name']}" for s in items("/sites")}
    if not sites:
        st.info(_("There is no building yet."))
        return None
    return pick(st, _("Building"), sites, "building")


with speaking():
    chosen = _choose()
    if chosen:
        found = load(f"/sites/{chosen}")
        st.title(plain(found["name"]))
        _show_place(found)
        _show(chosen)
        is_mine = may_configure(found["agency"])
        show_contacts(found["contacts"], {found["id"]: found["name"]}, may_remove=is_mine)
        if is_mine:
            add_contact(found["agency_id"], {found["id"]: found["name"]})
            _change(found)
            add_site(found["agency_id"])
