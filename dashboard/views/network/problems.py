"""Problems: filter, take, put aside, note, many at once; one of them in full."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import streamlit as st

from dashboard.api_client import Json, items, load, send
from dashboard.i18n import _, age, moment
from dashboard.presentation import REFRESH_S, badge, handling_word, marked, pick, plain, problem_word, speaking

_PUT_ASIDE = {"1h": timedelta(hours=1), "8h": timedelta(hours=8), "24h": timedelta(days=1), "7d": timedelta(days=7)}


def _may_operate() -> bool:
    return "operate" in st.session_state["me"]["may"]


def _filters() -> dict[str, object]:
    """Draw the filters; they stand in the address, so that a link shows the same."""
    state, severity, agency, text = st.columns(4)
    words = {"open": _("standing"), "cleared": _("over"), "all": _("all")}
    severities = {"": _("any"), "critical": _("critical"), "warning": _("warning")}
    agencies = {"": _("any"), **{a["id"]: a["name"] for a in items("/agencies")}}
    chosen = {
        "state": pick(state, _("State"), words, "state"),
        "severity": pick(severity, _("How bad"), severities, "severity"),
        "agency_id": pick(agency, _("Institution"), agencies, "agency"),
        "text": text.text_input(_("Search"), key="text", type="search", bind="query-params", placeholder=_("Search")),
    }
    folded = st.toggle(_("Also what is only unreachable because of others"), key="folded", bind="query-params")
    return chosen | {"folded": folded}


def _row(problem: Json) -> Json:
    return {
        _("How bad"): marked(problem["severity"])
        if problem["severity"] in ("critical", "warning")
        else problem["severity"],
        _("Device"): problem["device"] or problem["object"],
        _("Problem"): problem_word(problem),
        _("Behind it"): str(problem["behind"] or ""),
        _("Institution"): problem["agency"],
        _("Building"): problem["site"],
        _("Since"): moment(problem["raised_at"]),
        _("Who"): handling_word(problem),
    }


def _act(ids: list[str], action: str, note: str = "", until: datetime | None = None) -> None:
    with speaking():
        body = {"ids": ids, "action": action, "note": note, "until": until.isoformat() if until else None}
        answer = send("POST", "/incidents/actions", body)
        for refused in answer["refused"]:
            st.toast(plain(refused["reason"]), icon=":material/block:")
        st.toast(_("Done for {count}.").format(count=len(answer["done"])), icon=":material/check:")


def _actions(ids: list[str], key: str) -> None:
    """Draw what can be done to some problems."""
    note = st.text_input(_("Note"), key=f"{key}-note", max_chars=2000)
    with st.container(horizontal=True):
        if st.button(_("I'm on it"), key=f"{key}-take", type="primary", icon=":material/front_hand:", shortcut="A"):
            _act(ids, "acknowledge", note)
            st.rerun()
        if st.button(_("Not mine any more"), key=f"{key}-release"):
            _act(ids, "release", note)
            st.rerun()
        if st.button(_("Add note"), key=f"{key}-add", disabled=not note):
            _act(ids, "note", note)
            st.rerun()
        words = {"1h": _("for an hour"), "8h": _("for 8 hours"), "24h": _("for a day"), "7d": _("for a week")}
        chosen = st.menu_button(_("Put aside"), list(words), format_func=words.__getitem__, key=f"{key}-suppress")
        if chosen:
            _act(ids, "suppress", note, datetime.now(UTC) + _PUT_ASIDE[chosen])
            st.rerun()


def _more(problem: Json) -> None:
    """
    Draw what can be done to some problems only: showing again what is put aside, closing what a
    person keeps open.
    """
    for is_shown, label, action in (
        (problem["state"] == "suppressed", _("Show it again"), "unsuppress"),
        (problem["kept_open_by"] is not None, _("Close"), "close"),
    ):
        if is_shown and st.button(label, key=f"one-{action}"):
            _act([problem["id"]], action, st.session_state.get("one-note", ""))
            st.rerun()


def _reopen(problem_id: str) -> None:
    """Draw how a problem that is over is opened again, with the reason."""
    note = st.text_input(_("Why it is not over"), key="reopen-note", max_chars=2000)
    if st.button(_("Open again"), key="reopen", icon=":material/undo:", disabled=not note.strip()):
        _act([problem_id], "reopen", note)
        st.rerun()


@st.fragment(run_every=REFRESH_S)
def _list(chosen: dict[str, object]) -> None:
    with speaking():
        page = load("/incidents", limit=500, **chosen)
        if not page["items"]:
            st.success(_("Nothing fits."), icon=":material/check_circle:")
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_("{count} problems").format(count=page["total"]))
            query = urlencode({name: value for name, value in chosen.items() if value})
            target = f"/export/incidents.csv?{query}"
            st.link_button(_("As a table file"), target, key="export", icon=":material/download:", type="tertiary")
        selection = st.dataframe(
            [_row(p) for p in page["items"]],
            hide_index=True,
            on_select="rerun",
            selection_mode="multi-row",
            key="list",
            alt=_("Table of problems"),
        )
        picked = [page["items"][row] for row in selection["selection"]["rows"] if row < len(page["items"])]
        if len(picked) == 1:
            st.page_link(
                "views/network/problems.py",
                label=_("Show this problem"),
                icon=":material/open_in_full:",
                query_params={"problem": picked[0]["id"]},
            )
        if picked and _may_operate():
            _actions([p["id"] for p in picked], "many")


@st.fragment(run_every=REFRESH_S)
def _one(problem_id: str) -> None:
    with speaking():
        problem = load(f"/incidents/{problem_id}")
        st.subheader(f"{plain(problem['device'] or problem['object'])}: {plain(problem_word(problem))}")
        with st.container(horizontal=True):
            badge(problem["severity"] if problem["severity"] in ("critical", "warning") else "warning")
            st.badge(handling_word(problem), color="blue")
        st.write(plain(", ".join(part for part in (problem["site"], problem["agency"]) if part)))
        st.caption(_("Since {time} ({age})").format(time=moment(problem["raised_at"]), age=age(problem["raised_at"])))
        _links(problem)
        if _may_operate() and problem["state"] == "cleared":
            _reopen(problem_id)
        elif _may_operate():
            _actions([problem_id], "one")
            _more(problem)
        behind = [p for p in items("/incidents", root_id=problem_id) if p["device_id"] != problem["device_id"]]
        if behind:
            st.markdown("**" + _("Unreachable because of it") + "**")
            st.dataframe([_row(p) for p in behind], hide_index=True, key="behind", alt=_("Table of problems"))
        _contacts(problem)
        st.markdown("**" + _("History") + "**")
        history = [
            {_("When"): moment(h["at"]), _("Who"): h["actor"], _("What"): h["what"], _("Note"): h["note"]}
            for h in reversed(problem["history"])
        ]
        st.dataframe(history, hide_index=True, key="history", alt=_("History"))


def _links(problem: Json) -> None:
    """Draw the ways to the device and to what explains a problem, and who keeps it open."""
    if problem["device"]:
        st.page_link(
            "views/network/device.py", label=_("Show the device"), query_params={"device": problem["device_id"]}
        )
    if problem["root_id"]:
        st.page_link(
            "views/network/problems.py",
            label=_("Show what explains it"),
            query_params={"problem": problem["root_id"]},
        )
    if problem["kept_open_by"]:
        st.caption(
            _("{name} keeps it open; nothing wrong is measured any more.").format(name=plain(problem["kept_open_by"]))
        )


def _contacts(problem: Json) -> None:
    if problem["agency_id"] is None:
        return
    agency = load(f"/agencies/{problem['agency_id']}")
    for site in (s for s in agency["sites"] if s["id"] == problem["site_id"]):
        label = plain(", ".join(p for p in (site["name"], site["address"], site["opening_hours"]) if p))
        icon = ":material/home_work:"
        st.page_link("views/network/building.py", label=label, icon=icon, query_params={"building": site["id"]})
    mine = [c for c in agency["contacts"] if c["site_id"] in (None, problem["site_id"])]
    for contact in mine:
        st.caption(plain(", ".join(p for p in (contact["name"], contact["phone"], contact["reference"]) if p)))


st.title(_("Problems"))
if shown := st.query_params.get("problem"):
    st.page_link("views/network/problems.py", label=_("All problems"), icon=":material/arrow_back:")
    _one(shown)
else:
    with speaking():
        _list(_filters())
