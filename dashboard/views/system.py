"""How the centre itself is: collectors, readings, what waits, the store."""

import streamlit as st

from dashboard.client import Json, load
from dashboard.shown import REFRESH_S, marked, plain, speaking
from dashboard.words import _, moment, number


def _row(collector: Json) -> Json:
    report = collector["last_report"]
    ends = report.get("ends", {})
    spool = report.get("spool", {})
    return {
        _("Collector"): collector["name"],
        _("Zone"): collector["zone"],
        _("State"): marked("ok" if collector["is_heard"] else "unknown"),
        _("Heard"): moment(collector["last_report_at"]),
        _("Stored"): ends.get("stored", 0),
        _("Partly stored"): ends.get("partly stored", 0),
        _("Failed"): ends.get("failed", 0),
        _("Not polled"): ends.get("not polled", 0),
        _("Late"): report.get("late", 0),
        _("Waiting to be stored"): spool.get("points", 0),
        _("Spool full"): number(spool.get("fill_pct"), "%"),
        _("Lost"): spool.get("lost", 0),
    }


@st.fragment(run_every=REFRESH_S)
def _show() -> None:
    with speaking():
        system = load("/system")
        st.subheader(_("Collectors"))
        st.dataframe(
            [_row(c) for c in system["collectors"]], hide_index=True, key="collectors", alt=_("Table of collectors")
        )
        for collector in system["collectors"]:
            for reason, count in collector["last_report"].get("reasons", {}).items():
                st.caption(plain(f"{collector['name']}: {count} × {reason}"))
        st.subheader(_("Store"))
        octets = system["telemetry"]["octets"]
        st.write(f"{system['telemetry']['kind']}: {number(octets / 1e6 if octets is not None else None, 'MB')}")
        st.subheader(_("Messages"))
        st.write(", ".join(f"{plain(state)}: {count}" for state, count in system["notices"].items()) or _("None."))


st.title(_("System"))
_show()
