"""Plans: which street gets fibre in which half-year, with whose dig, what that saves, and how good the plan is."""

import streamlit as st

from dashboard.api_client import Json, items, load, send
from dashboard.dig_widgets import PERIODS_RGB, draw_features
from dashboard.dig_words import rests_on
from dashboard.i18n import _, day, euro, moment, today
from dashboard.plan_tables import (
    show_adoption,
    show_beside,
    show_half_years,
    show_how_good,
    show_left_out,
    show_streets,
    show_wishes_and_variants,
)
from dashboard.presentation import pick, plain, speaking

_FOLLOW_S = 2
_JUNE = 6


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
        if "sites_connected" in progress:
            left, right = st.columns(2)
            left.metric(_("Buildings connected so far"), progress["sites_connected"], border=True)
            right.metric(_("for"), euro(progress["cost_eur"]), border=True)
        if "plan" in st.session_state["me"]["may"] and st.button(
            _("Stop and keep the best"), key="stop", icon=":material/stop:"
        ):
            send("POST", f"/plans/{plan_id}/stop")


def _show(plan: Json, works: dict[str, str]) -> None:
    savings = plan["savings"]
    show_adoption(plan, works)
    left, middle, right = st.columns(3)
    left.metric(
        _("Digging together saves"),
        euro(savings["same_routes_saving_eur"]),
        border=True,
        help=_("These same streets, each dug alone when it is laid, less what this plan pays for them."),
    )
    middle.metric(
        _("The same streets dug alone"),
        euro(savings["same_routes_alone_eur"]),
        border=True,
        help=_("What the ducts of this plan would cost if each were dug alone."),
    )
    right.metric(
        _("This plan costs"), euro(savings["same_routes_joint_eur"]), border=True, help=_("The sum of its half-years.")
    )
    show_how_good(plan["certificate"])
    show_beside(savings)
    show_half_years(plan, works)
    _draw(plan, works)
    show_streets(plan, works)
    show_left_out(plan, {site["id"]: site["name"] for site in items("/dig-sites")})
    show_wishes_and_variants(plan)
    for note in plan["notes"]:
        st.caption(plain(note))
    st.caption(
        _(
            "What it costs rests on {basis}. Money without VAT, prices of 2024 where the town has none of its own."
        ).format(basis=rests_on(savings["rests_on"]))
    )
    if "plan" in st.session_state["me"]["may"]:
        _adopt(plan)
        _mark_agreed(plan)
        _mark_built(plan)


def _adopt(plan: Json) -> None:
    with (
        st.expander(_("Make this plan the town's own"), icon=":material/flag:"),
        st.form("adopt", border=False),
    ):
        left, right = st.columns([1, 2])
        name = left.text_input(_("Name of the plan"), key="adopt-name", max_chars=200)
        note = right.text_input(_("Note"), key="adopt-note", max_chars=2000)
        st.caption(_("It takes the place of the plan that was adopted before; that one stays in the list."))
        if st.form_submit_button(_("Adopt"), type="primary"):
            with speaking():
                send("POST", f"/plans/{plan['plan_id']}/adopted", {"name": name, "note": note})
                st.rerun()


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


def _has_begun(half_year: str) -> bool:
    """Whether a half-year, as 2027-H1, has begun."""
    now = today()
    return half_year <= f"{now.year}-H{1 if now.month <= _JUNE else 2}"


def _mark_built(plan: Json) -> None:
    with st.expander(_("Say that a half-year was built"), icon=":material/task_alt:"), st.form("built", border=False):
        names = {k: p["name"] for k, p in enumerate(plan["periods"]) if p["edges"] and _has_begun(p["name"])}
        if not names:
            st.caption(_("No half-year of this plan that lays something has begun yet."))
            st.form_submit_button(_("It was built"), disabled=True)
            return
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


def _name_of(plan: Json) -> str:
    """Return what a plan is called: its name where it was adopted, and when it was made by whom."""
    made = f"{moment(plan['at'])} · {plan['actor']}"
    if plan["adopted"] is None:
        return made
    name = plan["adopted"]["name"]
    return _("{name}, the town's plan").format(name=name) if plan["adopted"]["holds"] else f"{name} · {made}"


st.title(_("Plans"))
with speaking():
    if "plan" in st.session_state["me"]["may"]:
        _ask()
    plans = {p["id"]: _name_of(p) for p in items("/plans")}
    if plans:
        chosen = pick(st, _("Which plan"), plans, "plan")
        found = load(f"/plans/{chosen}")
        if found["state"] == "running":
            _follow(chosen)
        elif found["state"] == "failed":
            st.error(plain(found["progress"]["why"]), icon=":material/block:")
        elif "against_alone_at_best" not in found["savings"]:
            st.info(_("This plan was made by an earlier version, which reckoned its sums otherwise; make it again."))
        else:
            _show(found, {w["id"]: w["title"] or w["external_id"] for w in items("/works", limit=1000)})
    else:
        st.info(_("There is no plan yet."))
