"""An institution: its state, buildings, devices, problems, and whom to call."""

import streamlit as st

from dashboard.client import Json, items, load, send
from dashboard.shown import REFRESH_S, badge, marked, pick, plain, problem_word, speaking, worst
from dashboard.words import _, age

_KINDS = ("caretaker", "head", "helpdesk", "other")


def kind_word(kind: str) -> str:
    """Return what a contact is."""
    return {
        "caretaker": _("caretaker"),
        "head": _("head"),
        "helpdesk": _("provider's helpdesk"),
        "other": _("contact"),
    }[kind]


@st.fragment(run_every=REFRESH_S)
def _show(agency_id: str) -> None:
    with speaking():
        devices = items("/devices", limit=1000, agency_id=agency_id)
        badge(worst([d["state"] for d in devices if d["state"] != "behind"]))
        problems = items("/incidents", agency_id=agency_id)
        st.subheader(_("Problems"))
        for problem in problems:
            label = f"**{plain(problem['device'] or '')}** {plain(problem_word(problem))} · {age(problem['raised_at'])}"
            st.page_link(
                "views/problems.py", label=label, icon=":material/error:", query_params={"problem": problem["id"]}
            )
        if not problems:
            st.caption(_("Nothing is wrong."))
        st.subheader(_("Devices"))
        for site in dict.fromkeys(d["site"] for d in devices):
            st.markdown(f"**{plain(site)}**")
            for device in (d for d in devices if d["site"] == site):
                label = f"{plain(device['name'])} · {plain(marked(device['state'], device['because_of_name']))}"
                st.page_link("views/device.py", label=label, query_params={"device": device["id"]})


def _show_contacts(agency: Json) -> None:
    st.subheader(_("Whom to call"))
    sites = {site["id"]: site["name"] for site in agency["sites"]}
    for contact in agency["contacts"]:
        where = f" ({plain(sites[contact['site_id']])})" if contact["site_id"] in sites else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(f"{kind_word(contact['kind'])}{where}: {plain(contact['name'])}")
            if contact["phone"]:
                st.link_button(
                    plain(contact["phone"]),
                    f"tel:{contact['phone']}",
                    key=f"tel-{contact['id']}",
                    icon=":material/call:",
                )
            if contact["email"]:
                st.link_button(
                    plain(contact["email"]),
                    f"mailto:{contact['email']}",
                    key=f"mail-{contact['id']}",
                    icon=":material/mail:",
                )
            if contact["reference"]:
                st.caption(plain(contact["reference"]))
            if _may_configure() and st.button(_("Remove"), key=f"remove-{contact['id']}", type="tertiary"):
                send("DELETE", f"/contacts/{contact['id']}")
                st.rerun()
    for site in agency["sites"]:
        if site["opening_hours"]:
            st.caption(f"{plain(site['name'])}: {plain(site['opening_hours'])}")


def _may_configure() -> bool:
    return "configure" in st.session_state["me"]["may"]


def _edit(agency: Json) -> None:
    """Draw the forms for contacts and opening hours."""
    with st.expander(_("Add a contact"), icon=":material/person_add:"), st.form("contact", clear_on_submit=True):
        kind = st.selectbox(_("What they are"), _KINDS, format_func=kind_word, key="kind")
        sites = {"": _("the whole institution"), **{s["id"]: s["name"] for s in agency["sites"]}}
        site = st.selectbox(_("Building"), list(sites), format_func=sites.__getitem__, key="contact-site")
        name = st.text_input(_("Name"), key="contact-name")
        phone = st.text_input(_("Phone"), key="contact-phone", type="phone")
        email = st.text_input(_("E-mail"), key="contact-email")
        reference = st.text_input(_("Contract or customer number"), key="contact-reference")
        if st.form_submit_button(_("Add")):
            body = {"kind": kind, "site_id": site or None, "name": name, "phone": phone or None, "email": email or None,
                    "reference": reference or None}  # fmt: skip
            send("POST", f"/agencies/{agency['id']}/contacts", body)
            st.rerun()
    with st.expander(_("Opening hours"), icon=":material/schedule:"):
        for site in agency["sites"]:
            hours = st.text_input(plain(site["name"]), site["opening_hours"] or "", key=f"hours-{site['id']}")
            if hours != (site["opening_hours"] or "") and st.button(_("Save"), key=f"save-{site['id']}"):
                send("PATCH", f"/sites/{site['id']}", {"opening_hours": hours}, version=site["version"])
                st.rerun()


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
        _show_contacts(found)
        if _may_configure():
            _edit(found)
