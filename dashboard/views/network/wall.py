"""The view for a wall: what is wrong, in large letters, and every institution; it needs nobody at a keyboard."""

import streamlit as st

from dashboard.api_client import items, load
from dashboard.i18n import _, age, moment
from dashboard.presentation import REFRESH_S, badge, handling_word, plain, problem_word, speaking, worst

_SHOWN = 8


@st.fragment(run_every=REFRESH_S)
def _show() -> None:
    with speaking():
        pulse = load("/pulse")
        st.title(
            _("{count} problems, {nobodys} nobody's yet").format(count=pulse["problems"], nobodys=pulse["nobodys"])
            if pulse["problems"]
            else _("Nothing is wrong.")
        )
        if pulse["is_stale"]:
            st.error(_("No readings since {time}").format(time=moment(pulse["heard_at"])), icon=":material/history:")
        for problem in load("/incidents", limit=_SHOWN, hide_quiet=True)["items"]:
            behind = f" (+{problem['behind']})" if problem["behind"] else ""
            st.header(f"{plain(problem['device'] or problem['object'])}{behind}: {plain(problem_word(problem))}")
            st.write(
                f"{plain(problem['agency'] or '')} · {age(problem['raised_at'])} · {plain(handling_word(problem))}"
            )
        devices = items("/devices", limit=1000)
        grid = st.grid(columns="auto", min_column_width=200)
        for agency in dict.fromkeys(d["agency"] for d in devices):
            states = [d["state"] for d in devices if d["agency"] == agency]
            with grid, st.container(border=True):
                st.write(f"**{plain(agency)}**")
                badge(worst([s for s in states if s != "behind"] or ["unknown"]), None)


_show()
