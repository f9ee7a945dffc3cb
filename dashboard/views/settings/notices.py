"""Who is told of what, with a test message, and what became of the messages of late."""

import streamlit as st

from dashboard.api_client import items, load, send
from dashboard.centre_words import centre_words
from dashboard.i18n import _, language_name, moment
from dashboard.presentation import plain, speaking


def _severity_word(severity: str) -> str:
    return {"warning": _("warnings and worse"), "critical": _("only what is critical")}[severity]


def _state_word(state: str) -> str:
    return {"queued": _("waiting"), "sending": _("under way"), "sent": _("sent"), "given up": _("given up")}[state]


def _add() -> None:
    agencies = {"": _("all"), **{a["id"]: a["name"] for a in items("/agencies")}}
    with st.expander(_("Tell somebody"), icon=":material/add:"), st.form("rule", clear_on_submit=True):
        name = st.text_input(_("Name"), key="name")
        address = st.text_input(
            _("Address"),
            key="address",
            type="password",
            autocomplete="off",
            placeholder="mailtos://user:password@mail.example?to=duty@example",
            help=_("A form that apprise knows; it is never shown again."),
        )
        agency = st.selectbox(_("Institution"), list(agencies), format_func=agencies.__getitem__, key="agency")
        severity = st.selectbox(_("What"), ["warning", "critical"], format_func=_severity_word, key="severity")
        languages = centre_words().languages
        language = st.selectbox(_("Language"), languages, format_func=language_name, key="notice-language")
        if st.form_submit_button(_("Add")):
            with speaking():
                body = {
                    "name": name,
                    "address": address,
                    "agency_id": agency or None,
                    "least_severity": severity,
                    "language": language,
                }
                send("POST", "/notice-rules", body)
                st.rerun()


st.title(_("Who is told"))
with speaking():
    _add()
    for rule in items("/notice-rules"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(f"**{plain(rule['name'])}** {rule['kind']} · {_severity_word(rule['least_severity'])}")
            if st.button(_("Send a test"), key=f"test-{rule['id']}"):
                with speaking():
                    send("POST", f"/notice-rules/{rule['id']}/test")
                    st.toast(_("Taken by the other side."), icon=":material/check:")
            if st.button(_("Remove"), key=f"remove-{rule['id']}", type="tertiary"):
                with speaking():
                    send("DELETE", f"/notice-rules/{rule['id']}")
                    st.rerun()
    rows = [
        {
            _("When"): moment(n["made_at"]),
            _("To"): n["rule"],
            _("State"): _state_word(n["state"]),
            _("Tries"): n["tries"],
            _("Trouble"): n["trouble"],
        }
        for n in load("/notices", limit=100)["items"]
    ]
    st.subheader(_("Messages of late"))
    st.dataframe(rows, hide_index=True, key="messages", alt=_("Table of messages"))
