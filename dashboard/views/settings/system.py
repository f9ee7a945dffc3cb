"""How the centre itself is: collectors, readings, what waits, the store."""

import streamlit as st

from dashboard.api_client import Json, items, load, send
from dashboard.i18n import _, moment, number
from dashboard.presentation import REFRESH_S, marked, plain, speaking


def _row(collector: Json) -> Json:
    report = collector["last_report"]
    ends = report.get("ends", {})
    spool = report.get("spool", {})
    return {
        _("Collector"): collector["name"],
        _("Zone"): collector["zone"],
        _("State"): marked("ok" if collector["is_heard"] else "unknown"),
        _("Heard"): moment(collector["last_report_at"]),
        _("Devices"): collector["devices"],
        _("Unknown"): collector["unknown"],
        _("Stored"): ends.get("stored", 0),
        _("Partly stored"): ends.get("partly stored", 0),
        _("Failed"): ends.get("failed", 0),
        _("Not polled"): ends.get("not polled", 0),
        _("Late"): report.get("late", 0),
        _("Waiting to be stored"): spool.get("points", 0),
        _("Spool full"): number(spool.get("fill_pct"), "%"),
        _("Lost"): spool.get("lost", 0),
    }


def _store(telemetry: Json) -> None:
    octets, a_day = telemetry["octets"], telemetry["octets_a_day"]
    st.write(f"{telemetry['kind']}: {number(octets / 1e6 if octets is not None else None, 'MB')}")
    if a_day is not None:
        st.caption(_("A day of readings takes {size} once packed.").format(size=number(a_day / 1e6, "MB")))


def _links() -> None:
    """Draw the links that pages of devices show, and the form for a new one."""
    st.subheader(_("Links on the pages of devices"))
    for link in items("/links"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(f"{plain(link['name'])}: `{link['template']}`")
            if st.button(_("Remove"), key=f"remove-{link['id']}", type="tertiary"):
                with speaking():
                    send("DELETE", f"/links/{link['id']}")
                    st.rerun()
    with st.expander(_("Add a link"), icon=":material/add_link:"), st.form("link", clear_on_submit=True):
        name = st.text_input(_("Name"), key="link-name", max_chars=200)
        template = st.text_input(
            _("Address"),
            key="link-template",
            max_chars=500,
            placeholder="https://helpdesk.example/?device={name}",
            help=_("These stand for the device's own: {names}").format(names="{host} {name} {id} {site} {agency}"),
        )
        if st.form_submit_button(_("Add")):
            with speaking():
                send("POST", "/links", {"name": name, "template": template})
                st.rerun()


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
        _store(system["telemetry"])
        st.subheader(_("Backup"))
        made = system["last_backup_at"]
        st.write(_("The last one was made {time}.").format(time=moment(made)) if made else _("None was made yet."))
        st.subheader(_("Messages"))
        st.write(", ".join(f"{plain(state)}: {count}" for state, count in system["notices"].items()) or _("None."))


st.title(_("System"))
_show()
with speaking():
    _links()
