"""Clients of digs: who digs or asks for it, what counts as near for each, and how long before it wants to know."""

import streamlit as st

from dashboard.api_client import Json, items, send
from dashboard.centre_words import centre_words
from dashboard.i18n import _, language_name, number, percent
from dashboard.presentation import plain, speaking


def _fields(key: str, known: Json) -> Json:
    left, middle, right = st.columns(3)
    name = left.text_input(_("Name"), known.get("name", ""), key=f"{key}-name", max_chars=200, disabled=bool(known))
    contact = middle.text_input(_("Contact"), known.get("contact", ""), key=f"{key}-contact", max_chars=500)
    phone = right.text_input(_("Phone, day and night"), known.get("phone", ""), key=f"{key}-phone", max_chars=100)
    left, right = st.columns([3, 1])
    told = (
        _("set; it is never shown again") if known.get("is_told") else _("a form that apprise knows, as mailtos://...")
    )
    address = left.text_input(
        _("Address for messages"), key=f"{key}-address", max_chars=2000, type="password", placeholder=told
    )
    languages = centre_words().languages
    spoken = languages.index(known.get("language", "lv"))
    tongue = right.selectbox(_("Language"), languages, index=spoken, format_func=language_name, key=f"{key}-language")
    columns = st.columns(4)
    within_m = columns[0].number_input(
        _("Near within metres"), 0.0, 1000.0, float(known.get("within_m", 5)), key=f"{key}-m"
    )
    within_days = columns[1].number_input(
        _("Near within days"), 0, 3660, known.get("within_days", 183), key=f"{key}-days"
    )
    share = columns[2].number_input(
        _("Common part at least, %"), 0, 100, round(100 * known.get("least_share", 0.1)), key=f"{key}-share"
    )
    weeks = columns[3].number_input(_("Weeks to say so before"), 0, 104, known.get("join_weeks", 8), key=f"{key}-weeks")
    return {
        "name": name, "kind": known.get("kind", ""), "contact": contact, "phone": phone, "within_m": within_m,
        "within_days": int(within_days), "least_share": share / 100, "join_weeks": int(weeks),
        "language": tongue, **({"address": address} if address else {}),
    }  # fmt: skip


st.title(_("Clients"))
with speaking():
    parties = items("/parties")
    may = st.session_state["me"]["may"].get("plan", {"all": False})
    rows = [
        {
            _("Name"): p["name"], _("Contact"): p["contact"], _("Phone, day and night"): p["phone"],
            _("Near within"): f"{number(p['within_m'], 'm')}, {_('{count} days').format(count=p['within_days'])}",
            _("Common part at least, %"): percent(p["least_share"]), _("Weeks to say so before"): p["join_weeks"],
        }
        for p in parties
    ]  # fmt: skip
    if rows:
        st.dataframe(rows, hide_index=True, key="clients", alt=_("Table of clients"))
    else:
        st.info(_("There are no clients with rules of their own yet; everybody has the usual ones."))
    if may["all"]:
        with st.expander(_("Add a client"), icon=":material/add:"), st.form("client", border=False):
            said = _fields("client", {})
            if st.form_submit_button(_("Save"), type="primary"):
                with speaking():
                    send("POST", "/parties", said)
                    st.rerun()
        for party in parties:
            with (
                st.expander(plain(party["name"]), icon=":material/edit:"),
                st.form(f"client-{party['id']}", border=False),
            ):
                said = _fields(f"client-{party['id']}-{party['version']}", party)
                if st.form_submit_button(_("Save")):
                    with speaking():
                        send("PATCH", f"/parties/{party['id']}", said, version=party["version"])
                        st.rerun()
