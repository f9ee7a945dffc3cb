"""Credentials: written here, never shown again."""

import streamlit as st

from dashboard.api_client import items, send
from dashboard.i18n import _
from dashboard.presentation import speaking

st.title(_("Credentials"))
st.caption(_("A community is kept encrypted, is given to collectors only, and is never shown again."))
with speaking():
    with st.form("credential", clear_on_submit=True):
        name = st.text_input(_("Name"), key="name")
        version = st.selectbox(_("SNMP version"), ["2c", "1"], key="version")
        community = st.text_input(_("Community"), key="community", type="password", autocomplete="off")
        if st.form_submit_button(_("Add")):
            send("POST", "/credentials", {"name": name, "snmp_version": version, "community": community})
            st.rerun()
    rows = [{_("Name"): c["name"], _("SNMP version"): c["snmp_version"]} for c in items("/credentials")]
    st.dataframe(rows, hide_index=True, key="credentials", alt=_("Table of credentials"))
