"""Plans: which street gets fibre in which half-year, with whose dig, what that saves, and how good the plan is."""

import streamlit as st

from dashboard.api_client import Json, items, load, send
from dashboard.dig_widgets import PERIODS_RGB, draw_features
from dashboard.dig_words import rests_on
from dashboard.i18n import _, day, euro, moment, percent
from dashboard.presentation import pick, plain, speaking

_FOLLOW_S = 2


def _ask() -> None:
    with st.expander(_("Make a plan"), icon=":material/add:"), st.form("plan", border=False):
        left, middle, right = st.columns(3)
        start = left.text_input(_("First month"), key="plan-start", placeholder="2027-01", max_chars=7)
        periods = middle.number_input(_("Half-years"), 1, 20, 6, key="plan-periods")
        budget = right.number_input(_("EUR for each half-year"), 0, None, None, 10_000, key="plan-budget")
        seconds = st.slider(_("Seconds to think"), 10, 600, 60, 10, key="plan-seconds")
        words = {
            "trench": _("open trench"),
            "micro": _("narrow trench, shallow"),
            "plough": _("plough, in soft ground"),
        }
        techniques = st.pills(
            _("How we may dig alone"),
            list(words),
            selection_mode="multi",
            default=["trench"],
            format_func=words.__getitem__,
            key="plan-techniques",
        )
        with st.expander(_("What I set, and what if")):
            wishes = _ask_wishes(int(periods))
            variants = _ask_variants(budget)
        if st.form_submit_button(_("Plan"), type="primary"):
            body = {
                "start": start, "periods": int(periods), "budget_eur": budget, "time_limit_s": seconds,
                "wishes": wishes,
                "what_if": variants, "techniques": techniques or ["trench"],
            }  # fmt: skip
            with speaking():
                made = send("POST", "/plans", body)
                st.query_params["plan"] = made["plan_id"]
                st.rerun()


def _ask_wishes(periods: int) -> list[Json]:
    """Draw what a planner may set: one street and one site, each laid in a half-year, not in one, or never."""
    do = {"lay_in": _("lay it in half-year"), "not_in": _("not in half-year"), "never": _("never")}
    streets = [each["name"] for each in items("/street-names", limit=10_000)]
    sites = [site["name"] for site in items("/dig-sites") if not site["has_fibre"]]
    wishes: list[Json] = []
    for name, label, options in (("street", _("Street"), streets), ("site", _("Building"), sites)):
        left, middle, right = st.columns(3)
        what = left.selectbox(label, options, index=None, key=f"wish-{name}", placeholder=_("choose"))
        how = middle.selectbox(_("What about it"), list(do), format_func=do.__getitem__, key=f"wish-{name}-do")
        number_of = right.number_input(_("Which half-year"), 1, periods, 1, key=f"wish-{name}-period")
        if what:
            wishes.append({name: what, "do": how, "period": None if how == "never" else int(number_of) - 1})
    return wishes


def _ask_variants(budget: int | None) -> list[Json]:
    left, right = st.columns(2)
    other = left.number_input(_("What if there were EUR for each half-year"), 0, None, None, 10_000, key="plan-what-if")
    dear = right.checkbox(_("What if prices were high"), key="plan-dear")
    variants: list[Json] = []
    if other is not None and other != budget:
        variants.append({"budget_eur": other})
    if dear:
        variants.append({"level": "high"})
    return variants


@st.fragment(run_every=_FOLLOW_S)
def _follow(plan_id: str) -> None:
    """Show how far a plan is, until it is there."""
    with speaking():
        plan = load(f"/plans/{plan_id}")
        if plan["state"] != "running":
            st.rerun()
        progress = plan["progress"]
        steps = {
            "plan": _("Looking for the best plan"),
            "alone": _("Looking for the best plan if everybody dug alone"),
            "without wishes": _("Looking for the best plan without what you set"),
            "what if": _("Looking for what if"),
        }
        st.info(steps.get(progress.get("step", ""), _("Preparing")), icon=":material/hourglass:")
        if "objective" in progress:
            left, right = st.columns(2)
            left.metric(_("Best so far"), euro(progress["objective"]), border=True)
            right.metric(_("Nothing can be below"), euro(progress.get("lower_bound")), border=True)
        if "plan" in st.session_state["me"]["may"] and st.button(
            _("Stop and keep the best"), key="stop", icon=":material/stop:"
        ):
            send("POST", f"/plans/{plan_id}/stop")


def _show(plan: Json, works: dict[str, str]) -> None:
    certificate, savings = plan["certificate"], plan["savings"]
    left, middle, right = st.columns(3)
    left.metric(
        _("Digging together saves"),
        euro(savings["fall_of_the_fibre_bill_eur"]),
        border=True,
        help=_("Against the best plan in which everybody digs alone; discounted."),
    )
    middle.metric(
        _("The same streets dug alone"),
        euro(savings["same_routes_alone_eur"]),
        border=True,
        help=_("What the ducts of this plan would cost if each were dug alone."),
    )
    right.metric(_("How good this plan is"), _how_good(certificate), border=True)
    rows = [
        {
            _("Half-year"): p["name"],
            _("Costs"): euro(p["cost_eur"]),
            _("Street sections"): p["edges"] - len(p["sites_connected"]),  # the other edges lead into buildings
            _("With whose dig"): ", ".join(works.get(w, w) for w in p["works_used"]),
            _("Digs that move"): ", ".join(works.get(w, w) for w in p["works_moved"]),
            _("Buildings connected"): len(p["sites_connected"]),
        }
        for p in plan["periods"]
    ]
    st.dataframe(rows, hide_index=True, key="periods", alt=_("Table of half-years"))
    _draw(plan, works)
    _wishes_and_variants(plan)
    for note in plan["notes"]:
        st.caption(plain(note))
    st.caption(
        _(
            "What it costs rests on {basis}. Money without VAT, prices of 2024 where the town has none of its own."
        ).format(basis=rests_on(savings["rests_on"]))
    )
    if "plan" in st.session_state["me"]["may"]:
        _mark_agreed(plan)
        _mark_built(plan)


def _draw(plan: Json, works: dict[str, str]) -> None:
    features = load(f"/plans/{plan['plan_id']}/map")["features"]
    for feature in features:
        known = feature["properties"]
        known["colour"] = PERIODS_RGB[known["period"] % len(PERIODS_RGB)]
        known["with"] = plain(works.get(known["work_id"] or "", _("dug alone")))
        known["street"] = plain(known["street"])
    if not features:
        st.caption(_("The streets changed since this plan, so that it cannot be drawn."))
        return
    draw_features(
        features, "plan-map", "{name}\n{street}\n{with}", height=460, alt=_("Map of the plan; the table says the same")
    )
    legend = {f["properties"]["period"]: f["properties"]["name"] for f in features}
    with st.container(horizontal=True):
        for period, name in sorted(legend.items()):
            red, green, blue = PERIODS_RGB[period % len(PERIODS_RGB)]
            st.markdown(f"<span style='color:rgb({red},{green},{blue})'>■</span> {name}", unsafe_allow_html=True)


def _how_good(proof: Json) -> str:
    """
    Return how far a plan may be from the best: as a share of what its ducts cost, or in euro where they cost less than
    that.
    """
    if proof["optimal"]:
        return _("proven best")
    share = percent(proof["gap"]) if proof["gap"] <= 1 else euro(proof["objective"] - proof["lower_bound"])
    return _("at most {share} from the best").format(share=share)


def _wishes_and_variants(plan: Json) -> None:
    if "wishes_cost" in plan:
        cost = plan["wishes_cost"]
        told = _("What you set costs {eur}; proven between {low} and {high}.")
        st.info(told.format(eur=euro(cost["eur"]), low=euro(cost["at_least_eur"]), high=euro(cost["at_most_eur"])))
    rows = [
        {
            _("What if"): euro(v["budget_eur"]) if "budget_eur" in v else _("high prices"),
            _("Costs"): euro(v.get("cost_eur")),
            _("Buildings connected"): v.get("sites_connected"),
            _("How good"): v.get("why") or _how_good(v),
        }
        for v in plan.get("what_if", [])
    ]
    if rows:
        st.dataframe(rows, hide_index=True, key="what-if", alt=_("Table of what ifs"))


def _mark_agreed(plan: Json) -> None:
    with (
        st.expander(_("Enter a contract for a half-year"), icon=":material/contract:"),
        st.form("agreed", border=False),
    ):
        names = {k: p["name"] for k, p in enumerate(plan["periods"]) if p["edges"]}
        first, second, third = st.columns(3)
        period = first.selectbox(_("Half-year"), list(names), format_func=names.__getitem__, key="agreed-period")
        eur = second.number_input(_("Contract, EUR without VAT"), 0.0, None, None, key="agreed-eur")
        document = third.text_input(_("Document"), key="agreed-document", max_chars=500)
        if st.form_submit_button(_("Save")) and period is not None:
            with speaking():
                body = {"period": period, "contract_eur": eur, "document": document}
                send("POST", f"/plans/{plan['plan_id']}/agreed", body)
                st.success(_("The contract is in the ledger of savings."))


def _mark_built(plan: Json) -> None:
    with st.expander(_("Say that a half-year was built"), icon=":material/task_alt:"), st.form("built", border=False):
        names = {k: p["name"] for k, p in enumerate(plan["periods"]) if p["edges"]}
        if not names:
            st.caption(_("None."))
        first, second, third, fourth = st.columns(4)
        period = first.selectbox(_("Half-year"), list(names), format_func=names.__getitem__, key="built-period")
        on = second.date_input(_("Built on"), key="built-on", format="DD.MM.YYYY")
        ducts = third.number_input(_("Cable ducts"), 1, 100, 4, key="built-ducts")
        free = fourth.number_input(_("of which free"), 0, 100, 3, key="built-free")
        left, right = st.columns([3, 1])
        document = left.text_input(_("As-built document"), key="built-document", max_chars=500)
        paid = right.number_input(_("Paid, EUR without VAT"), 0.0, None, None, key="built-paid")
        if st.form_submit_button(_("It was built")) and period is not None:
            with speaking():
                body = {
                    "period": period,
                    "built_on": on.isoformat(),
                    "ducts": int(ducts),
                    "free_ducts": int(free),
                    "document": document,
                    "paid_eur": paid,
                }
                route = send("POST", f"/plans/{plan['plan_id']}/built", body)
                st.success(
                    _("Cable route {name} is in the register since {day}.").format(
                        name=plain(route["name"]), day=day(route["built_on"])
                    )
                )


st.title(_("Plans"))
with speaking():
    if "plan" in st.session_state["me"]["may"]:
        _ask()
    plans = {p["id"]: f"{moment(p['at'])} · {plain(p['actor'])}" for p in items("/plans")}
    if plans:
        chosen = pick(st, _("Which plan"), plans, "plan")
        found = load(f"/plans/{chosen}")
        if found["state"] == "running":
            _follow(chosen)
        elif found["state"] == "failed":
            st.error(plain(found["progress"]["why"]), icon=":material/block:")
        else:
            _show(found, {w["id"]: w["title"] or w["external_id"] for w in items("/works", limit=1000)})
    else:
        st.info(_("There is no plan yet."))
