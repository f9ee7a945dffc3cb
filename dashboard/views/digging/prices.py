"""Prices: what digging costs, what each price rests on, and the town's own before the defaults."""

import streamlit as st

from dashboard.api_client import Json, items, load, send
from dashboard.dig_words import basis_word, kind_word
from dashboard.i18n import _, in_words, number
from dashboard.presentation import plain, speaking


def _name(code: str) -> str:
    """Return a parameter in people's words; one that has none stays a code."""
    about, _dot, what = code.partition(".")
    of_each = {
        "cover": _("cover: {what}"), "diameter": _("usual diameter: {what}"), "distance": _("distance kept: {what}"),
        "pipe": _("pipe or cable: {what}"),
    }  # fmt: skip
    if about in of_each:
        return of_each[about].format(what=_("what nobody said") if what == "unknown" else kind_word(what))
    return {
        "surface.carriageway_asphalt": _("asphalt over a trench"), "surface.footway_paved": _("paving over a trench"),
        "surface.verge_soft": _("grass or soil over a trench"),
        "surface.road_reconstruction": _("carriageway made anew"),
        "surface.cut_back": _("surface cut back beside a trench"),
        "surface.cut_back_deep": _("surface cut back beside a deep trench"),
        "soil.to_1_25": _("soil down to 1.25 m"), "soil.to_1_75": _("soil from 1.25 to 1.75 m"),
        "soil.to_4": _("soil from 1.75 to 4 m"), "soil.beyond_4": _("soil below 4 m"),
        "soil.disposal": _("soil carried away"), "shoring.wall": _("shoring of a wall"),
        "bed.material": _("sand or gravel around a line"), "bed.below": _("bed below a line"),
        "bed.above_pipe": _("surround above a pipe"), "bed.above_cable": _("sand above a cable"),
        "crossing": _("a line that crosses the trench"), "crossing.per_100_m": _("crossing lines"),
        "site.overhead": _("site overhead"), "frost.depth": _("depth of frost"),
        "frost.clearance": _("water pipe below frost"), "road.depth": _("depth of a carriageway made anew"),
        "width.carriageway": _("width of a carriageway"), "width.footway": _("width of a footway"),
        "trench.carriageway_asphalt": _("whole trench of a duct in asphalt"),
        "trench.footway_paved": _("whole trench of a duct in a paved footway"),
        "trench.verge_soft": _("whole trench of a duct in grass or soil"), "plough.soft": _("ducts ploughed in"),
        "trench.micro": _("narrow trench"),
        "drill.hdd": _("horizontal drilling"), "cable.existing_duct": _("cable pulled into a free duct"),
        "joint.coordination_fixed": _("coordination of one joint dig"),
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


def _groups() -> dict[str, str]:
    return {
        "trench": _("What a trench is made of"), "ways": _("Whole trenches and other ways into the ground"),
        "lines": _("Pipes, cables and ducts"), "sizes": _("Depths, widths and distances"),
        "together": _("Digging together"), "streets": _("Streets and time"),
    }  # fmt: skip


def _rows(prices: list[Json]) -> list[Json]:
    return [
        {
            _("What"): _name(p["name"]), _("Unit"): in_words(p["unit"]), _("Low"): number(p["low"]),
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
