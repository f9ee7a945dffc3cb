"""Plans: which street gets fibre in which half-year, with whose dig, what that saves, and how good the plan is."""

import streamlit as st

from dashboard.client import Json, items, load, send
from dashboard.shown import pick, plain, speaking
from dashboard.words import _, euro, moment, percent


def _ask() -> None:
    with st.expander(_("Make a plan"), icon=":material/add:"), st.form("plan"):
        left, middle, right = st.columns(3)
        start = left.text_input(_("First month"), key="plan-start", placeholder="2027-01", max_chars=7)
        periods = middle.number_input(_("Half-years"), 1, 20, 6, key="plan-periods")
        budget = right.number_input(_("EUR for each half-year"), 0, None, None, 10_000, key="plan-budget")
        seconds = st.slider(_("Seconds to think"), 10, 600, 60, 10, key="plan-seconds")
        if st.form_submit_button(_("Plan"), type="primary"):
            body = {"start": start, "periods": int(periods), "budget_eur": budget, "time_limit_s": seconds}
            with speaking(), st.spinner(_("Planning; this takes up to {count} seconds ...").format(count=seconds)):
                made = send("POST", "/plans", body, patience_s=seconds + 120)
                st.query_params["plan"] = made["plan_id"]
                st.rerun()


def _show(plan: Json, works: dict[str, str]) -> None:
    certificate, savings = plan["certificate"], plan["savings"]
    left, middle, right = st.columns(3)
    left.metric(_("Digging together saves"), euro(savings["fall_of_the_fibre_bill_eur"]), border=True,
                help=_("Against the best plan in which everybody digs alone; discounted."))  # fmt: skip
    middle.metric(_("The same streets dug alone"), euro(savings["same_routes_alone_eur"]), border=True,
                  help=_("What the ducts of this plan would cost if each were dug alone."))  # fmt: skip
    good = (
        _("proven best")
        if certificate["optimal"]
        else _("at most {share} from the best").format(share=percent(certificate["gap"]))
    )
    right.metric(_("How good this plan is"), good, border=True)
    rows = [
        {
            _("Half-year"): p["name"],
            _("Costs"): euro(p["cost_eur"]),
            _("Street sections"): p["edges"],
            _("With whose dig"): ", ".join(works.get(w, w) for w in p["works_used"]),
            _("Digs that move"): ", ".join(works.get(w, w) for w in p["works_moved"]),
            _("Buildings connected"): len(p["sites_connected"]),
        }
        for p in plan["periods"]
    ]
    st.dataframe(rows, hide_index=True, key="periods", alt=_("Table of half-years"))
    for note in plan["notes"]:
        st.caption(plain(note))
    st.caption(_("Prices are assumptions of 2024 where the town has none of its own."))


st.title(_("Plans"))
with speaking():
    if "plan" in st.session_state["me"]["may"]:
        _ask()
    plans = {p["id"]: f"{moment(p['at'])} · {plain(p['actor'])}" for p in items("/plans")}
    if plans:
        chosen = pick(st, _("Plan"), plans, "plan")
        titles = {w["id"]: w["title"] or w["external_id"] for w in items("/works", limit=1000)}
        _show(load(f"/plans/{chosen}"), titles)
    else:
        st.info(_("There is no plan yet."))
