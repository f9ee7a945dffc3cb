"""Which ports alarm: for all devices, one, or several at once."""

import streamlit as st

from dashboard.api_client import items, send
from dashboard.centre_words import centre_words
from dashboard.i18n import _, number, percent
from dashboard.presentation import plain, speaking


def mode_word(mode: str) -> str:
    """Return when a port may alarm."""
    return {"always": _("always"), "hours": _("in these hours"), "never": _("never")}[mode]


def _add() -> None:
    with st.expander(_("Add a rule"), icon=":material/add:", expanded=True):
        usual = centre_words()
        pattern = st.text_input(_("Name or label contains (regular expression)"), key="pattern")
        found = items("/devices", limit=1000)
        devices = st.multiselect(
            _("Devices (none chosen: all)"), [d["name"] for d in found], key="rule-devices", placeholder=_("choose")
        )
        kinds = ["", *sorted({d["kind"] for d in found if d["kind"]})]
        kind = st.selectbox(
            _("Kind of devices"), kinds, format_func=lambda k: k or _("any"), key="rule-kind", disabled=bool(devices)
        )
        mode = st.segmented_control(
            _("Alarms"),
            ["always", "hours", "never"],
            default="always",
            required=True,
            format_func=mode_word,
            key="mode",
        )
        hours = st.text_input(_("Hours"), "07:00-19:00", key="rule-hours") if mode == "hours" else None
        full_at = st.number_input(
            _("Full at percent of the line rate"), 1, 100, round(usual.full_at_pct), key="full-at"
        )
        errors_at = st.number_input(
            _("Too many errors, packets a second"), 0.01, 1e6, usual.errors_at_per_s, key="errors-at"
        )
        if st.button(_("Add"), key="add", type="primary", disabled=not pattern):
            with speaking():
                body = {"pattern": pattern, "mode": mode, "hours": hours, "full_at_pct": full_at, "devices": devices,
                        "errors_at_per_s": errors_at, "kind": kind if kind and not devices else None}  # fmt: skip
                send("POST", "/port-policies", body)
                st.rerun()


st.title(_("Which ports alarm"))
st.caption(
    _(
        "The first rule that fits counts, those of a device before those of a kind, these before those of all. "
        "Without a rule, "
        "uplinks and aggregates alarm and all other ports do not; they stay read and visible."
    )
)
with speaking():
    _add()
    rules, usual = items("/port-policies"), centre_words()
    rows = [
        {
            _("Contains"): r["pattern"],
            _("Device"): r["device"] or r["kind"] or _("all"),
            _("Alarms"): mode_word(r["mode"]),
            _("Hours"): r["hours"],
            _("Full at"): percent((r["full_at_pct"] or usual.full_at_pct) / 100),
            _("Errors at"): number(r["errors_at_per_s"] or usual.errors_at_per_s),
        }
        for r in rules
    ]
    selection = st.dataframe(
        rows, hide_index=True, on_select="rerun", selection_mode="multi-row", key="rules", alt=_("Table of rules")
    )
    picked = [rules[k] for k in selection["selection"]["rows"] if k < len(rules)]
    if picked and st.button(_("Remove {count} rules").format(count=len(picked)), key="remove"):
        for rule in picked:
            send("DELETE", f"/port-policies/{rule['id']}")
        st.rerun()
    if not rules:
        st.caption(plain(_("There is no rule yet.")))
