"""The one script that Streamlit runs: who is here, in which language, which pages there are."""

from pathlib import Path

import streamlit as st

from dashboard.api_client import Json, RefusedError, SignedOutError, UnreachableError, load
from dashboard.centre_words import centre_words
from dashboard.i18n import LANGUAGES, _, language, moment

_VIEWS = "views"
_ICON = Path(__file__).with_name("icon.png")


def _pages(me: Json) -> dict[str, list[st.Page]]:
    """Return the pages that this person may use; the centre refuses the others whatever the browser asks for."""
    may = me["may"]

    def page(file: str, title: str, path: str, icon: str, *, default: bool = False) -> st.Page:
        return st.Page(
            f"{_VIEWS}/{file}.py",
            title=title,
            url_path="" if default else path,
            icon=f":material/{icon}:",
            default=default,
        )

    if me["is_wall"]:
        return {"": [page("network/wall", _("Wall"), "wall", "tv", default=True)]}
    watch = [
        page("network/overview", _("Overview"), "overview", "dashboard", default=True),
        page("network/problems", _("Problems"), "problems", "notifications"),
        page("network/map", _("Map"), "map", "map"),
        page("network/institution", _("Institution"), "institution", "apartment"),
        page("network/building", _("Building"), "building", "home_work"),
        page("network/device", _("Device"), "device", "router"),
        page("network/maintenance", _("Maintenance"), "maintenance", "build"),
        page("network/availability", _("Availability"), "availability", "percent"),
    ]
    dig = []
    if "survey" in may:
        # Whose institution shows no network begins with what is to be decided.
        dig = [
            page("digging/decide", _("To decide"), "decide", "handshake", default="see" not in may),
            page("digging/digs", _("Digs"), "digs", "construction"),
            page("digging/clients", _("Clients"), "clients", "groups"),
        ]
        if may["survey"]["all"]:
            dig += [
                page("digging/sites", _("Buildings and fibre"), "sites", "location_city"),
                page("digging/plan", _("Plans"), "plan", "route"),
                page("digging/savings", _("Savings"), "savings", "savings"),
                page("digging/prices", _("Prices"), "prices", "euro"),
            ]
    keep = []
    if "configure" in may:
        keep.append(page("settings/devices", _("Devices"), "devices", "dns"))
        keep.append(page("settings/policies", _("Which ports alarm"), "policies", "tune"))
        if may["configure"]["all"]:
            keep.append(page("settings/credentials", _("Credentials"), "credentials", "key"))
            keep.append(page("settings/notices", _("Who is told"), "notices", "mail"))
    if may.get("administer", {}).get("all"):
        keep.append(page("settings/people", _("People"), "people", "group"))
        keep.append(page("settings/system", _("System"), "system", "monitor_heart"))
    if may.get("audit", {}).get("all"):
        keep.append(page("settings/audit", _("Changes"), "audit", "history"))
    own = [
        page("settings/account", _("My account"), "account", "person", default="see" not in may and "survey" not in may)
    ]
    return {
        _("Network"): watch if "see" in may else [],
        _("Digging"): dig,
        _("Settings"): keep,
        me["full_name"]: own,
    }


def _show_pulse() -> None:
    """Tell in one line when readings came last and how many devices are silent."""
    pulse = load("/pulse")
    if pulse["heard_at"] is None:
        st.sidebar.caption(_("No readings yet."))
        return
    line = _("{time}, {count} silent").format(time=moment(pulse["heard_at"]), count=pulse["silent_devices"])
    if pulse["is_stale"]:
        st.sidebar.warning(
            _("No readings since {time}").format(time=moment(pulse["heard_at"])), icon=":material/history:"
        )
    else:
        st.sidebar.caption(line)


def _choose_language() -> None:
    """Let people choose another language than their browser's."""
    st.sidebar.selectbox(
        _("Language"),
        list(LANGUAGES),
        index=list(LANGUAGES).index(language()),
        format_func=lambda code: LANGUAGES[code],
        key="lang",
        persist_state="session",
    )


def main() -> None:
    """Draw the frame and the page that was asked for."""
    st.set_page_config(page_title="Ventspils ICT", page_icon=str(_ICON), layout="wide")
    try:
        me = load("/me")
        centre_words()
    except SignedOutError:
        st.title(_("You are signed out."))
        st.link_button(_("Sign in"), "/sign-in", key="sign-in", type="primary")
        return
    except (UnreachableError, RefusedError):
        st.error(_("The centre does not answer; try again in a moment."), icon=":material/cloud_off:")
        return
    st.session_state["me"] = me
    pages = {section: found for section, found in _pages(me).items() if found}
    chosen = st.navigation(pages, position="hidden" if me["is_wall"] else "sidebar", expanded=True)
    if not me["is_wall"]:
        _choose_language()
        if "see" in me["may"]:
            _show_pulse()
        st.sidebar.link_button(_("Sign out"), "/sign-out", key="sign-out", icon=":material/logout:")
    chosen.run()


main()
