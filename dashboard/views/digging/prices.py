"""Prices: what digging costs, what each price rests on, and the town's own before the defaults."""

import streamlit as st

from dashboard.api_client import Json, items, load, send
from dashboard.dig_words import basis_word
from dashboard.i18n import _, in_words, number
from dashboard.presentation import plain, speaking
from dashboard.price_words import price_word


def _groups() -> dict[str, str]:
    return {
        "trench": _("What a trench is made of"), "ways": _("Whole trenches and other ways into the ground"),
        "lines": _("Pipes, cables and ducts"), "sizes": _("Depths, widths and distances"),
        "together": _("Digging together"), "streets": _("Streets and time"),
    }  # fmt: skip


def _rows(prices: list[Json]) -> list[Json]:
    return [
        {
            _("What"): price_word(p["name"]), _("Unit"): in_words(p["unit"]), _("Low"): number(p["low"]),
                _("Likely"): number(p["mid"]),
            _("High"): number(p["high"]), _("Rests on"): basis_word(p["basis"]), _("Source"): "; ".join(p["sources"]),
            _("Year"): p["year"], _("Note"): in_words(p["note"]),
        }
        for p in prices
    ]  # fmt: skip


def _table() -> dict[str, str]:
    page = load("/prices", limit=1000)
    st.caption(_("EUR without VAT; defaults are of {year}, no index applied.").format(year=page["price_year"]))
    for group, heading in _groups().items():
        st.subheader(heading)
        rows = _rows([p for p in page["items"] if p["group"] == group])
        alt = _("Table of prices: {group}").format(group=heading)
        st.dataframe(rows, hide_index=True, key=f"prices-{group}", height="content", alt=alt)
    return {p["name"]: in_words(p["unit"]) for p in page["items"]}


def _enter(units: dict[str, str]) -> None:
    with st.expander(_("Enter a price of our own"), icon=":material/add:"), st.form("price", border=False):
        left, middle, right = st.columns(3)
        name = left.selectbox(
            _("What"), list(units), format_func=lambda code: f"{price_word(code)}, {units[code]}", key="price-name"
        )
        value = middle.number_input(_("Price without VAT"), 0.0, None, None, key="price-value")
        words = {"contract": basis_word("contract"), "invoice": basis_word("invoice")}
        basis = right.selectbox(_("Rests on"), list(words), format_func=words.__getitem__, key="price-basis")
        document = left.text_input(_("Document"), key="price-document", max_chars=500)
        dated = middle.date_input(_("Of"), key="price-dated", format="DD.MM.YYYY")
        if st.form_submit_button(_("Save"), type="primary"):
            with speaking():
                body = {"name": name, "value": value, "basis": basis, "document": document, "dated": dated.isoformat()}
                send("POST", "/prices", body)
                st.rerun()


def _own() -> None:
    for price in (p for p in items("/prices") if p["own_id"]):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(
                plain(
                    f"{price_word(price['name'])}: {number(price['mid'])} {in_words(price['unit'])} "
                    f"({'; '.join(price['sources'])})"
                )
            )
            st.caption(_("instead of {default}").format(default=number(price["default_mid"])))
            if st.button(_("Withdraw"), key=f"withdraw-{price['own_id']}", type="tertiary"):
                with speaking():
                    send("DELETE", f"/prices/{price['own_id']}")
                    st.rerun()


st.title(_("Prices"))
with speaking():
    units = _table()
    if "plan" in st.session_state["me"]["may"]:
        _own()
        _enter(units)
