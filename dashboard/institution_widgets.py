"""What pages of institutions and buildings draw alike: how they are, what is wrong, their devices, whom to call."""

from collections.abc import Iterable

import streamlit as st

from dashboard.api_client import Json, RefusedError, load, send
from dashboard.i18n import _, age
from dashboard.presentation import badge, marked, plain, problem_word, speaking, worst

_KINDS = ("caretaker", "head", "helpdesk", "other")


def may_configure(agency: str) -> bool:
    """Whether the person may change what belongs to an institution, by its name."""
    may = st.session_state["me"]["may"].get("configure", {"all": False, "agencies": []})
    return may["all"] or agency in may["agencies"]


def show_state(devices: list[Json]) -> None:
    """Draw how some devices are together, and through what they are reached from elsewhere."""
    if not devices:
        return
    own = [d["state"] for d in devices if d["state"] != "behind"]
    badge(worst(own or ["behind"]), next((d["because_of_name"] for d in devices if d["because_of"]), None))
    here = {d["id"] for d in devices}
    for device in (d for d in devices if d["parent_id"] is not None and d["parent_id"] not in here):
        _show_uplink(device)


def _show_uplink(device: Json) -> None:
    """Draw what a device hangs on; one of an institution that the person may not see stays unnamed."""
    try:
        parent = load(f"/devices/{device['parent_id']}")
    except RefusedError:
        return
    port = f" ({device['parent_port']})" if device["parent_port"] else ""
    state = marked(parent["state"], parent["because_of_name"])
    words = _("{device} is reached through {parent}: {state}")
    told = words.format(device=device["name"] + port, parent=parent["name"], state=state)
    st.page_link(
        "views/network/device.py", label=plain(told), icon=":material/lan:", query_params={"device": parent["id"]}
    )


def show_problems(problems: list[Json]) -> None:
    """Draw links to problems."""
    st.subheader(_("Problems"))
    for problem in problems:
        label = f"**{plain(problem['device'] or '')}** {plain(problem_word(problem))} · {age(problem['raised_at'])}"
        st.page_link(
            "views/network/problems.py", label=label, icon=":material/error:", query_params={"problem": problem["id"]}
        )
    if not problems:
        st.caption(_("Nothing is wrong."))


def show_devices(devices: Iterable[Json]) -> None:
    """Draw links to devices with their states."""
    for device in devices:
        label = f"{plain(device['name'])} · {plain(marked(device['state'], device['because_of_name']))}"
        st.page_link("views/network/device.py", label=label, query_params={"device": device["id"]})


def kind_word(kind: str) -> str:
    """Return what a contact is."""
    return {
        "caretaker": _("caretaker"),
        "head": _("head"),
        "helpdesk": _("provider's helpdesk"),
        "other": _("contact"),
    }[kind]


def show_contacts(contacts: list[Json], sites: dict[str, str], *, may_remove: bool) -> None:
    """Draw whom to call, with a button for each way."""
    st.subheader(_("Whom to call"))
    if not contacts:
        st.caption(_("Nobody is named yet."))
    for contact in contacts:
        where = f" ({plain(sites[contact['site_id']])})" if contact["site_id"] in sites else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(f"{kind_word(contact['kind'])}{where}: {plain(contact['name'])}")
            _show_ways(contact)
            if may_remove and st.button(_("Remove"), key=f"remove-{contact['id']}", type="tertiary"):
                with speaking():
                    send("DELETE", f"/contacts/{contact['id']}")
                    st.rerun()


def _show_ways(contact: Json) -> None:
    for name, scheme, icon in (("phone", "tel", "call"), ("email", "mailto", "mail")):
        if contact[name]:
            st.link_button(
                plain(contact[name]),
                f"{scheme}:{contact[name]}",
                key=f"{scheme}-{contact['id']}",
                icon=f":material/{icon}:",
            )
    if contact["reference"]:
        st.caption(plain(contact["reference"]))


def add_contact(agency_id: str, sites: dict[str, str]) -> None:
    """Draw the form for a new contact, of the whole institution or one of some buildings."""
    with st.expander(_("Add a contact"), icon=":material/person_add:"), st.form("contact", clear_on_submit=True):
        kind = st.selectbox(_("What they are"), _KINDS, format_func=kind_word, key="kind")
        words = {**sites, "": _("the whole institution")}
        site = st.selectbox(_("Building"), list(words), format_func=words.__getitem__, key="contact-site")
        name = st.text_input(_("Name"), key="contact-name")
        phone = st.text_input(_("Phone"), key="contact-phone", type="phone")
        email = st.text_input(_("E-mail"), key="contact-email")
        reference = st.text_input(_("Contract or customer number"), key="contact-reference")
        if st.form_submit_button(_("Add")):
            body = {"kind": kind, "site_id": site or None, "name": name, "phone": phone or None, "email": email or None,
                    "reference": reference or None}  # fmt: skip
            with speaking():
                send("POST", f"/agencies/{agency_id}/contacts", body)
                st.rerun()
