"""What a sum of the ledger is added up from: who digs how many metres, and what a metre is made of."""

import streamlit as st

from dashboard.api_client import Json, load
from dashboard.dig_words import basis_word, kind_word
from dashboard.i18n import _, cents, exact, in_words, number
from dashboard.presentation import plain
from dashboard.price_words import part_word, price_word, surface_word


def show_bill(subject: str) -> None:
    """Draw the bill of a joint dig: metres by client, the one trench, and the items of each kind of trench."""
    found = load(f"/savings/{subject}/bill")
    if not found["bills"]:
        st.caption(_("These sums are those of the document; what they are made of is not known."))
        return
    per_m = [sum(item["amount"] * item["unit_eur"] for item in bill["items"]) for bill in found["bills"]]
    rows = [
        {
            _("Street section"): section["edge"], _("Client"): each["party"],
            _("Trench"): _trench(found["bills"][each["bill"]]),
            _("Metres"): exact(each["metres"], 2), _("EUR a metre"): exact(per_m[each["bill"]], 2),
            _("Alone"): cents(each["alone_eur"]),
        }
        for section in found["sections"]
        for each in section["clients"]
    ]  # fmt: skip
    st.dataframe(rows, hide_index=True, key=f"bill-{subject}", alt=_("Who digs how many metres"))
    together = [
        {
            _("Street section"): section["edge"], _("Trench"): _trench(found["bills"][part["bill"]]),
            _("Metres"): exact(part["metres"], 2), _("EUR a metre"): exact(per_m[part["bill"]], 2),
            _("Together"): cents(part["metres"] * per_m[part["bill"]]),
        }
        for section in found["sections"]
        for part in section["stretches"]
    ]  # fmt: skip
    st.dataframe(together, hide_index=True, key=f"together-{subject}", alt=_("The one trench for all"))
    st.caption(_("Bringing the clients together: {sum}.").format(sum=cents(found["talking_eur"])))
    names = {k: _trench(bill) for k, bill in enumerate(found["bills"])}
    chosen = st.selectbox(_("What a metre is made of"), list(names), format_func=names.__getitem__, key=f"m-{subject}")
    _show_items(found["bills"][chosen], subject)


def _trench(bill: Json) -> str:
    """Return what lies in a trench, as deep as it was told."""
    lines = [
        kind_word(each["utility"]) + (f" {number(each['depth_m'], 'm')}" if each["depth_m"] is not None else "")
        for each in bill["laid"]
    ]
    return f"{' + '.join(lines)} ({surface_word(bill['surface'])})"


def _show_items(bill: Json, subject: str) -> None:
    rows = [
        {
            _("What for"): part_word(item["part"]), _("Price"): price_word(item["price"]),
            _("Amount a metre"): exact(item["amount"], 3),
            _("Unit"): in_words(item["unit"]), _("Unit price"): exact(item["unit_eur"], 2),
            _("EUR a metre"): exact(item["amount"] * item["unit_eur"], 2), _("Rests on"): basis_word(item["basis"]),
            _("Source"): plain("; ".join(item["sources"])),
        }
        for item in bill["items"]
    ]  # fmt: skip
    st.dataframe(rows, hide_index=True, key=f"items-{subject}", alt=_("What a metre is made of"))
