"""Every change with who made it, and whether the log is whole."""

import streamlit as st

from dashboard.api_client import load
from dashboard.i18n import _, moment
from dashboard.presentation import speaking

_PAGE = 200

st.title(_("Changes"))
with speaking():
    if st.button(_("Check that nothing was altered"), key="verify"):
        with speaking():
            found = load("/audit/verified")
            st.success(_("{count} entries, all as they were written.").format(count=found["entries"]))
    total = load("/audit", limit=1)["total"]
    pages = max(1, -(-total // _PAGE))
    page = st.number_input(_("Page"), 1, pages, 1, key="page")
    rows = [
        {
            _("When"): moment(e["at"]),
            _("Who"): e["actor"],
            _("What"): e["what"],
            _("Of what"): e["object"],
            _("Detail"): e["detail"],
        }
        for e in load("/audit", limit=_PAGE, cursor=str((int(page) - 1) * _PAGE))["items"]
    ]
    st.dataframe(rows, hide_index=True, key="changes", alt=_("Table of changes"))
