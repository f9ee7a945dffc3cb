"""What one's own client saves and pays in joint digs, need by need."""

import streamlit as st

from dashboard.api_client import load
from dashboard.dig_words import ledger_stage_word
from dashboard.i18n import _, euro, number
from dashboard.presentation import plain, speaking

st.title(_("Our savings"))
with speaking():
    found = load("/savings/own")
    names = {"alone_eur": _("Alone"), "pays_eur": _("We pay"), "saves_eur": _("We save")}
    for column, (name, word) in zip(st.columns(3), names.items(), strict=True):
        column.metric(word, euro(found["sums"][name]), border=True)
    rows = [
        {
            _("Year"): e["year"], _("Stage"): ledger_stage_word(e["stage"]), _("Dig"): e["dig"],
            _("What of ours"): "; ".join(plain(f"{n['title']} {number(n['metres'], 'm')}") for n in e["needs"]),
            **{word: euro(e[name]) for name, word in names.items()}, _("Document"): e["document"],
        }
        for e in found["entries"]
    ]  # fmt: skip
    if rows:
        st.dataframe(rows, hide_index=True, key="own", alt=_("Table of our joint digs"))
    else:
        st.caption(_("None yet. A chance that is joined comes here."))
    st.caption(_("All sums are without VAT, by the likely prices until there is a contract."))
