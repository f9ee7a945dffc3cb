"""What the page of plans tells of one: how good it is, half-years, streets, who is left out, what ifs, its adoption."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.api_client import Json, load, send
from dashboard.i18n import _, euro, moment, number, percent
from dashboard.presentation import plain, speaking
from dashboard.price_words import surface_word

_TELLING = 1.0  # beyond this share of the plan itself, how far it may be from the best says nothing
_FAR = 0.05


def how_good(proof: Json) -> str:
    """Return how good a plan is in words; where a share would say nothing, that it is not proven."""
    if proof["optimal"]:
        return _("proven best")
    if proof["gap"] > _TELLING:
        return _("not proven")
    return _("at most {share} dearer than the best possible").format(share=percent(proof["gap"]))


def show_how_good(proof: Json) -> None:
    """Draw how good a plan is, and what to do where it is far from proven."""
    told = f"**{_('How good this plan is')}:** {how_good(proof)}."
    if proof["optimal"]:
        st.success(told, icon=":material/verified:")
    elif proof["gap"] <= _FAR:
        st.info(told, icon=":material/check:")
    else:
        more = _("There may be better ones: give it more seconds, fewer half-years, or a smaller area.")
        st.warning(f"{told} {more}", icon=":material/hourglass:")


def show_beside(savings: Json) -> None:
    """Draw what stands beside the saving: its present value, moving digs, and the best without anybody's digs."""
    told = _("In present value, later money counting less: {alone} alone, {cost} by this plan, {saved} saved.")
    lines = [
        told.format(
            alone=euro(savings["present_value_alone_eur"]),
            cost=euro(savings["present_value_joint_eur"]),
            saved=euro(savings["present_value_saving_eur"]),
        )
    ]
    if savings["moving_eur"]:
        told = _("Moving other people's digs costs {sum} more; it is not in the sums above.")
        lines.append(told.format(sum=euro(savings["moving_eur"])))
    if (best := savings["against_alone_at_best"]) is not None:
        told = _(
            "Against digging alone at its best, which gives the same buildings fibre by the same half-years on the "
            "streets that are cheapest then: proven to save {range}."
        )
        lines.append(told.format(range=_in_range(best["at_least_eur"], best["at_most_eur"])))
    for line in lines:
        st.caption(line)


def _in_range(low_eur: float, high_eur: float) -> str:
    """Return a sum, or between which two it lies."""
    if euro(low_eur) == euro(high_eur):
        return euro(low_eur)
    return _("between {low} and {high}").format(low=euro(low_eur), high=euro(high_eur))


def show_half_years(plan: Json, works: Mapping[str, str]) -> None:
    """Draw the tables of half-years and of their budgets; the last row is the sum of the rows above."""
    periods, savings = plan["periods"], plan["savings"]
    rows = [
        {
            _("Half-year"): p["name"],
            _("Costs"): euro(p["cost_eur"]),
            _("The same alone"): euro(p["alone_eur"]),
            _("Saved"): euro(p["saving_eur"]),
            _("Buildings connected"): len(p["sites_connected"]),
            _("Connected so far"): p["sites_connected_so_far"],
            _("With whose dig"): ", ".join(works.get(w, w) for w in p["works_used"]),
            _("Digs that move"): ", ".join(works.get(w, w) for w in p["works_moved"]),
        }
        for p in periods
    ]
    rows.append(
        {
            _("Half-year"): _("Together"),
            _("Costs"): euro(savings["same_routes_joint_eur"]),
            _("The same alone"): euro(savings["same_routes_alone_eur"]),
            _("Saved"): euro(savings["same_routes_saving_eur"]),
            _("Buildings connected"): sum(len(p["sites_connected"]) for p in periods),
            _("Connected so far"): periods[-1]["sites_connected_so_far"],
            _("With whose dig"): "",
            _("Digs that move"): "",
        }
    )
    st.dataframe(rows, hide_index=True, key="periods", alt=_("Table of half-years"))
    if any(p["budget_eur"] is not None for p in periods):
        _show_budgets(periods)


def _show_budgets(periods: Sequence[Json]) -> None:
    rows = [
        {
            _("Half-year"): p["name"],
            _("Budget"): euro(p["budget_eur"]),
            _("Carried over"): euro(p["carried_over_eur"]),
            _("Costs"): euro(p["cost_eur"]),
            _("Left"): euro(p["left_eur"]),
        }
        for p in periods
    ]
    with st.expander(_("Budget by half-year"), icon=":material/account_balance_wallet:"):
        st.dataframe(rows, hide_index=True, key="budgets", alt=_("Table of budgets"))


def show_streets(plan: Json, works: Mapping[str, str]) -> None:
    """Draw the list of what is laid where, as the map shows it."""
    rows = [
        {
            _("Half-year"): s["name"],
            _("Street"): _("into buildings") if s["is_way_in"] else plain(s["street"] or _("without a name")),
            _("Surface"): "" if s["surface"] is None else surface_word(s["surface"]),
            _("Depth, m"): None if s["depth_m"] is None else number(s["depth_m"]),
            _("Metres"): number(s["metres"]),
            _("Cable chambers, about"): number(s["chambers"]),
            _("Lines crossed, about"): number(s["crossings"]),
            _("With whose dig"): works.get(s["work_id"] or "", _("dug alone")) if not s["is_way_in"] else "",
            _("Costs"): euro(s["cost_eur"]),
            _("The same alone"): euro(s["alone_eur"]),
        }
        for s in plan.get("streets", [])
    ]
    if not rows:
        return
    metres = sum(s["metres"] for s in plan["streets"])
    title = _("What is laid where: {metres} in all").format(metres=number(metres, "m"))
    with st.expander(title, icon=":material/list:"):
        st.dataframe(rows, hide_index=True, key="laid-streets", alt=_("Table of streets, as the map shows them"))


def limit_word(limit: str) -> str:
    """Return what keeps a building out of a plan in people's words."""
    return {
        "no_street": _("no street leads there"),
        "closed": _("the way is closed to digging"),
        "budget": _("the budget"),
        "does_not_pay": _("it costs more than it is worth by the end of the plan"),
        "time": _("nothing known; more seconds may find a way"),
    }[limit]


def show_left_out(plan: Json, sites: Mapping[str, str]) -> None:
    """Draw which buildings a plan leaves out, and why."""
    rows = [
        {
            _("Building"): plain(sites.get(each["site"], each["site"])),
            _("Best in"): each["half_year"] or "",
            _("Would cost"): euro(each["cost_eur"]),
            _("Would be worth"): euro(each["earns_eur"]),
            _("What stops it"): limit_word(each["limit"]),
        }
        for each in plan.get("left_out", [])
    ]
    if not rows:
        return
    title = _("Why nothing more: {count} buildings are left out").format(count=len(rows))
    with st.expander(title, icon=":material/block:"):
        st.dataframe(rows, hide_index=True, key="left-out", alt=_("Table of buildings left out"))
        st.caption(
            _(
                "Each by itself: the cheapest way from what is laid by then, dug alone, and what the building is worth "
                "from then to the end of the plan."
            )
        )


def show_wishes_and_variants(plan: Json) -> None:
    """Draw what wishes cost and the answers to what if; a difference that is not proven is told as a range."""
    if (cost := plan.get("wishes_cost")) is not None:
        if cost["eur"] is not None:
            st.info(_("What you set costs {eur}.").format(eur=euro(cost["eur"])))
        else:
            told = _("What you set costs between {low} and {high}; with more seconds that range becomes narrower.")
            st.info(told.format(low=euro(cost["at_least_eur"]), high=euro(cost["at_most_eur"])))
    rows = [
        {
            _("What if"): euro(v["budget_eur"]) if "budget_eur" in v else _("high prices"),
            _("Costs"): euro(v.get("cost_eur")),
            _("Buildings connected"): v.get("sites_connected"),
            _("How good"): v.get("why") or how_good(v),
        }
        for v in plan.get("what_if", [])
    ]
    if rows:
        st.dataframe(rows, hide_index=True, key="what-if", alt=_("Table of what ifs"))


def show_adoption(plan: Json, works: Mapping[str, str]) -> None:
    """Draw that a plan is the town's own, and what works that moved since do to it."""
    adopted = plan.get("adopted")
    if adopted is None:
        return
    told = (
        _("The town's plan **{name}**, adopted by {who} on {when}. {note}")
        if adopted["holds"]
        else _("Was the town's plan **{name}**, adopted by {who} on {when}; another one holds now. {note}")
    )
    names = {"name": plain(adopted["name"]), "who": plain(adopted["by"]), "note": plain(adopted["note"])}
    st.info(told.format(**names, when=moment(adopted["at"])), icon=":material/flag:")
    if adopted["holds"]:
        _show_today(plan["plan_id"], load(f"/plans/{plan['plan_id']}/today"), works)


def _show_today(plan_id: str, today: Json, works: Mapping[str, str]) -> None:
    if today["why"]:
        st.warning(plain(today["why"]), icon=":material/warning:")
        return
    if not today["changes"] and abs(today["difference_eur"]) < 1:
        st.caption(_("Digs and prices of today change nothing of it."))
        return
    told = _("By the digs and prices of today it costs {now} instead of {then}: {difference} more.")
    sums = {"now": today["cost_now_eur"], "then": today["cost_then_eur"], "difference": today["difference_eur"]}
    st.warning(told.format(**{name: euro(eur) for name, eur in sums.items()}), icon=":material/warning:")
    rows = [
        {
            _("Half-year"): c["name"],
            _("With whose dig"): works.get(c["work_id"] or "", _("dug alone")),
            _("Metres"): number(c["metres"]),
            _("What happened"): _("closed to digging then")
            if c["is_closed"]
            else _("not open any more then, so it is dug alone"),
            _("Costs more"): euro(c["more_eur"]),
        }
        for c in today["changes"]
    ]
    if rows:
        st.dataframe(rows, hide_index=True, key="changes", alt=_("Table of what changed"))
    st.caption(_("Of the difference, {sum} comes from other prices.").format(sum=euro(today["by_prices_eur"])))
    if "plan" in st.session_state["me"]["may"] and st.button(
        _("Plan anew for today, keeping what is built or contracted"), key="repair", icon=":material/build:"
    ):
        with speaking():
            st.query_params["plan"] = send("POST", f"/plans/{plan_id}/repair", {})["plan_id"]
            st.rerun()
