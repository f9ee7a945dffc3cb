"""Overview: what is wrong, worst first, and every institution as a tile."""

import streamlit as st

from dashboard.api_client import Json, items, load
from dashboard.i18n import _, age
from dashboard.presentation import (
    REFRESH_S,
    WORST_FIRST,
    badge,
    handling_word,
    marked,
    plain,
    problem_word,
    speaking,
    worst,
)

_SHOWN = 12


def _counters(pulse: Json) -> None:
    left, middle, right = st.columns(3)
    left.metric(_("Problems"), pulse["problems"], border=True)
    middle.metric(_("Nobody's yet"), pulse["nobodys"], border=True)
    right.metric(_("Silent devices"), pulse["silent_devices"], border=True)


def _problem(problem: Json) -> None:
    """Draw a problem as one line with its link."""
    name = problem["device"] or problem["object"]
    place = ", ".join(plain(part) for part in (problem["site"], problem["agency"]) if part)
    behind = " · " + _("{count} more behind it").format(count=problem["behind"]) if problem["behind"] else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        badge(problem["severity"] if problem["severity"] in WORST_FIRST else "warning")
        st.page_link(
            "views/network/problems.py",
            label=f"**{plain(name)}** {plain(problem_word(problem))}",
            query_params={"problem": problem["id"]},
        )
        st.caption(f"{place} · {age(problem['raised_at'])} · {plain(handling_word(problem))}{behind}")


def _tile(agency: Json, devices: list[Json]) -> None:
    states = [device["state"] for device in devices]
    state = worst([s for s in states if s != "behind"]) if any(s != "behind" for s in states) else worst(states)
    with st.container(border=True):
        st.page_link(
            "views/network/institution.py",
            label=f"**{plain(agency['name'])}**",
            query_params={"institution": agency["id"]},
        )
        badge(state, next((d["because_of_name"] for d in devices if d["because_of"]), None))
        behind = states.count("behind")
        counts = [(name, states.count(name)) for name in WORST_FIRST if name not in ("ok", "behind") and name in states]
        line = " · ".join(f"{count} × {marked(name)}" for name, count in counts)
        st.caption(line or _("{count} devices").format(count=len(devices)))
        if behind:
            st.caption(_("{count} only unreachable because of others").format(count=behind))


@st.fragment(run_every=REFRESH_S)
def _show() -> None:
    with speaking():
        _counters(load("/pulse"))
        problems = load("/incidents", limit=_SHOWN, hide_quiet=True)
        devices = items("/devices", limit=1000)
        agencies = items("/agencies")
        st.subheader(_("Worst first"))
        for problem in problems["items"]:
            _problem(problem)
        if not problems["items"]:
            st.success(_("Nothing is wrong."), icon=":material/check_circle:")
        elif problems["total"] > _SHOWN:
            st.page_link("views/network/problems.py", label=_("All {count} problems").format(count=problems["total"]))
        st.subheader(_("Institutions"))
        order = {agency["id"]: [d for d in devices if d["agency_id"] == agency["id"]] for agency in agencies}
        ranked = sorted(agencies, key=lambda a: WORST_FIRST.index(worst([d["state"] for d in order[a["id"]]])))
        grid = st.grid(columns="auto", min_column_width=220)
        for agency in ranked:
            with grid:
                _tile(agency, order[agency["id"]])


st.title(_("Overview"))
_show()
