"""
To decide: chances to dig once, those whose last day to join comes first on top; what was missed,
and what moved since.
"""

from datetime import date, timedelta

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.api_client import Json, items, send
from dashboard.dig_words import euro_range, kind_word, rests_on
from dashboard.i18n import _, day, euro, moment, number, today
from dashboard.presentation import plain, speaking

_SOON_DAYS = 14
_MOST = 50


def _left_word(last_day: str) -> str:
    days = (date.fromisoformat(last_day) - today()).days
    if days == 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    return _("in {count} days").format(count=days) if days > 0 else _("over")


def _wanted(chance: Json) -> str:
    return _("Fibre to the buildings that want it") if chance["wanted_sort"] == "fibre" else str(chance["wanted_title"])


def _laid(kind: str, depth_m: float | None) -> str:
    """Return what is laid, and how deep where that is known."""
    return kind_word(kind) + (f", {number(depth_m, 'm')}" if depth_m is not None else "")


def _name(chance: Json) -> str:
    return f"{_wanted(chance)} + {chance['work_title']}"


def _waiting() -> None:
    found = items("/opportunities", state=["open", "postponed"])
    if not found:
        st.success(_("Nothing is waiting for a decision."), icon=":material/check:")
    by_dig: dict[str, list[Json]] = {}
    for chance in found:
        by_dig.setdefault(chance["work_id"], []).append(chance)
    for chances in list(by_dig.values())[:_MOST]:
        _card(chances)
    if len(by_dig) > _MOST:
        st.caption(_("{count} more").format(count=len(by_dig) - _MOST))


def _card(chances: list[Json]) -> None:
    """Draw one dig with all who may join it."""
    dig = chances[0]
    with st.container(border=True):
        left, right = st.columns([3, 1])
        left.markdown(f"**{plain(dig['work_title'])}** · {plain(_laid(dig['work_kind'], dig['work_depth_m']))}")
        left.write(
            plain(
                _("{party} begins on {start}. Who may join:").format(
                    party=dig["work_party"] or "?", start=day(dig["work_starts_on"])
                )
            )
        )
        _last_day(right, dig)
        for chance in chances:
            with st.container(border=True):
                _may_join(chance)


def _last_day(column: DeltaGenerator, dig: Json) -> None:
    last_day = dig["last_day"]
    soon = last_day and (date.fromisoformat(last_day) - today()).days <= _SOON_DAYS
    column.metric(
        _("Last day to join"),
        day(last_day),
        _left_word(last_day) if last_day else None,
        delta_arrow="off",
        delta_color="red" if soon else "off",
    )


def _may_join(chance: Json) -> None:
    what = f"{_wanted(chance)} · {_laid(chance['wanted_kind'], chance['wanted_depth_m'])}"
    told = _("{what}, {owner}, over {metres}.").format(
        what=what, owner=chance["owner"] or "?", metres=number(chance["length_m"], "m")
    )
    st.write(plain(told))
    if chance["condition"]:
        st.caption(_("Only if: {what}").format(what=plain(chance["condition"])))
    if chance["moved"]:
        st.warning(_("Moved since: {what}").format(what=plain(chance["moved"])), icon=":material/update:")
    st.caption(
        _("All of them together save {range} more; rests on {basis}; prices of {day}.").format(
            range=euro_range(chance["low_eur"], chance["mid_eur"], chance["high_eur"]),
            basis=rests_on(chance["basis"]),
            day=day(chance["priced_on"]),
        )
    )
    if chance["is_estimate"]:
        st.caption(_("An estimate along the cheapest ways: no plan is adopted."))
    elif chance["in_plan"]:
        st.caption(_("As the adopted plan lays it."))
    if chance["mid_eur"] < 0:
        st.warning(_("Digging together would likely cost more here."), icon=":material/trending_down:")
    if chance["state"] == "postponed":
        st.caption(_("Put off until {day}").format(day=day(chance["until"])))
    if _may_decide(chance):
        _buttons(chance)


def _may_decide(chance: Json) -> bool:
    own = st.session_state["me"]["may"].get("plan", {"all": False, "parties": []})
    return bool(own["all"] or chance["owner"] in own["parties"])


def _decide(chance: Json, decision: str, **said: str | None) -> None:
    with speaking():
        body = {"decision": decision} | {name: value for name, value in said.items() if value}
        send("POST", f"/opportunities/{chance['id']}/decision", body, version=chance["version"])
        st.rerun()


def _buttons(chance: Json) -> None:
    key = chance["id"]
    with st.container(horizontal=True):
        if st.button(_("Join"), key=f"join-{key}", type="primary", icon=":material/handshake:"):
            _decide(chance, "accept")
        with st.popover(_("Decline"), icon=":material/block:"), st.form(f"decline-{key}", border=False):
            reason = st.text_input(_("Why"), key=f"why-{key}", max_chars=1000)
            if st.form_submit_button(_("Decline")):
                _decide(chance, "decline", reason=reason)
        with st.popover(_("Later"), icon=":material/schedule:"), st.form(f"later-{key}", border=False):
            until = st.date_input(_("Until"), None, key=f"until-{key}", format="DD.MM.YYYY")
            if st.form_submit_button(_("Put off")):
                _decide(chance, "postpone", until=until.isoformat() if until else None)
        with st.popover(_("Hand over"), icon=":material/forward:"), st.form(f"hand-{key}", border=False):
            to = st.text_input(_("To whom"), key=f"to-{key}", max_chars=200)
            if st.form_submit_button(_("Hand over")):
                _decide(chance, "hand_to", to=to)


def _decided() -> None:
    found = items("/opportunities", state=["accepted", "declined"])
    if not found:
        return
    with st.expander(_("Decided ({count})").format(count=len(found)), icon=":material/task_alt:"):
        for chance in found[:_MOST]:
            with st.container(horizontal=True, vertical_alignment="center"):
                word = (
                    _("joined")
                    if chance["state"] == "accepted"
                    else _("declined: {why}").format(why=plain(chance["reason"]))
                )
                st.write(f"{plain(_name(chance))} · {euro(chance['mid_eur'])} · {word}")
                st.caption(plain(f"{chance['decided_by']}, {moment(chance['decided_at'])}"))
                if chance["moved"]:
                    st.caption(_("Moved since: {what}").format(what=plain(chance["moved"])))
                if _may_decide(chance) and st.button(_("Decide again"), key=f"again-{chance['id']}", type="tertiary"):
                    _decide(chance, "reopen")


def _missed() -> None:
    found = items("/opportunities", state=["missed"])
    if found:
        st.subheader(_("Missed: {sum}").format(sum=euro(sum(c["mid_eur"] for c in found))))
        rows = [_over(c) | {_("Would have saved"): euro(c["mid_eur"]), _("Why"): _why_missed(c)} for c in found]
        st.dataframe(rows, hide_index=True, key="missed", alt=_("Table of missed chances"))
    gone = items("/opportunities", state=["gone"])
    if gone:
        with st.expander(_("Not there any more ({count})").format(count=len(gone)), icon=":material/link_off:"):
            rows = [_over(c) | {_("Why"): c["moved"]} for c in gone]
            st.dataframe(rows, hide_index=True, key="gone", alt=_("Table of chances that are not there any more"))


def _over(chance: Json) -> Json:
    return {
        _("What"): _name(chance), _("Whose"): chance["owner"], _("Last day to join"): day(chance["last_day"]),
    }  # fmt: skip


def _why_missed(chance: Json) -> str:
    if chance["decided_at"] is not None:
        return _("taken back after the last day")
    return _("nobody decided by the last day")


def _moved() -> None:
    with st.expander(_("What moved since"), icon=":material/update:"):
        month_ago = today() - timedelta(days=30)
        since = st.date_input(_("Since"), month_ago, key="moved-since", format="DD.MM.YYYY")
        found = items("/changes", since=since.isoformat()) if since else []
        rows = [
            {
                _("Dig"): c["title"], _("Client"): c["promoter"], _("Began"): day(c["was"]["starts_on"]),
                _("Begins"): _("taken back") if c["removed"] else day(c["now"]["starts_on"]), _("Days"): c["days"],
                _("At stake"): euro(c["at_stake_eur"]),
            }
            for c in found
        ]  # fmt: skip
        if rows:
            st.dataframe(rows, hide_index=True, key="moved", alt=_("Table of digs that moved"))
        else:
            st.caption(_("None."))


st.title(_("To decide"))
with speaking():
    _waiting()
    _decided()
    _missed()
    _moved()
