"""One's own account: roles, and the code from the phone."""

import streamlit as st

from dashboard.api_client import send
from dashboard.i18n import _
from dashboard.presentation import plain, role_word, speaking

me = st.session_state["me"]
st.title(plain(me["full_name"]))
st.write(_("Roles: {roles}").format(roles=", ".join(role_word(role) for role in me["roles"])))
st.subheader(_("Code from your phone"))
if me["totp"]:
    st.success(_("Signing in asks for a code from your phone."), icon=":material/verified_user:")
with speaking():
    password = st.text_input(_("Password"), type="password", key="password", autocomplete="current-password")
    if st.button(_("Begin with a new phone") if me["totp"] else _("Begin"), key="begin", disabled=not password):
        st.session_state["totp"] = send("POST", "/me/totp", {"password": password})
    if fresh := st.session_state.get("totp"):
        st.write(_("Put this secret into your phone's program, then write the code it shows."))
        st.code(fresh["secret"], language=None)
        st.code(fresh["address"], language=None)
        code = st.text_input(_("Code"), key="code", max_chars=6, autocomplete="one-time-code")
        if st.button(_("Confirm"), key="confirm", disabled=len(code) != 6):
            send("POST", "/me/totp/confirm", {"code": code})
            del st.session_state["totp"]
            st.rerun()
