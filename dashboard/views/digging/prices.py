"""Prices: what digging costs, what each price rests on, and the town's own before the defaults."""

import streamlit as st

from dashboard.api_client import items, load, send
from dashboard.dig_words import basis_word
from dashboard.i18n import _, in_words, number
from dashboard.presentation import plain, speaking


def _name(code: str) -> str:
    """Return a parameter in people's words; one that has none stays a code."""
    return {
        "trench.carriageway_asphalt": _("trench in an asphalt carriageway"),
        "trench.footway_paved": _("trench in a paved footway"),
        "trench.verge_soft": _("trench in grass or soil"), "plough.soft": _("ducts ploughed in"),
        "trench.micro": _("narrow trench"),
        "drill.hdd": _("horizontal drilling"), "cable.existing_duct": _("cable pulled into a free duct"),
        "joint.increment": _("what a duct adds to somebody's open trench"),
        "joint.coordination_fixed": _("coordination of one joint dig"),
        "joint.saving_share_civil_urban": _("saved of the joint bill, in town"),
        "joint.saving_share_civil_rural": _("saved of the joint bill, in the country"),
        "duct.microduct_bundle": _("duct, material"),
        "duct.depth": _("how deep a duct lies"),
        "cable.fibre_96": _("cable of 96 fibres, material"), "handhole": _("cable chamber"),
        "handhole.spacing": _("distance between cable chambers"), "building_entry": _("entry into a building"),
        "cabinet": _("cabinet"),
        "pavement.life_loss_carriageway": _("life that a cut costs a carriageway"),
        "pavement.life_loss_footway": _("life that a cut costs a footway"),
        "pavement.charge_carriageway": _("charge for a cut carriageway"),
        "pavement.charge_footway": _("charge for a cut footway"),
        "pavement.resurfacing": _("new surface"), "moratorium.after_resurfacing": _("protection of a new surface"),
        "moratorium.break_penalty": _("charge for breaking a protection"),
        "disruption.full_closure_day": _("a day of a closed street (beside the money)"),
        "slip.probability_month": _("digs that slip in a month"), "discount_rate": _("discount rate"),
    }.get(code, code)  # fmt: skip


def _table() -> dict[str, str]:
    page = load("/prices", limit=1000)
    rows = [
        {
            _("What"): _name(p["name"]), _("Unit"): in_words(p["unit"]), _("Low"): number(p["low"]),
                _("Likely"): number(p["mid"]),
            _("High"): number(p["high"]), _("Rests on"): basis_word(p["basis"]), _("Source"): "; ".join(p["sources"]),
            _("Year"): p["year"], _("Note"): in_words(p["note"]),
        }
        for p in page["items"]
    ]  # fmt: skip
    st.caption(_("EUR without VAT; defaults are of {year}, no index applied.").format(year=page["price_year"]))
    st.dataframe(rows, hide_index=True, key="prices", height=560, alt=_("Table of prices"))
    return {p["name"]: in_words(p["unit"]) for p in page["items"]}


def _enter(units: dict[str, str]) -> None:
    with st.expander(_("Enter a price of our own"), icon=":material/add:"), st.form("price", border=False):
        left, middle, right = st.columns(3)
        name = left.selectbox(
            _("What"), list(units), format_func=lambda code: f"{_name(code)}, {units[code]}", key="price-name"
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
                    f"{_name(price['name'])}: {number(price['mid'])} {in_words(price['unit'])} "
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
