"""The one script that Streamlit runs: who is here, in which language, which pages there are."""

from pathlib import Path

import streamlit as st

from dashboard.api_client import Json, RefusedError, SignedOutError, UnreachableError, load
from dashboard.centre_words import centre_words
from dashboard.i18n import LANGUAGES, _, language, moment

_VIEWS = "views"
_ICON = Path(__file__).with_name("icon.png")


def _page(file: str, title: str, path: str, icon: str, *, default: bool = False) -> st.Page:
    """Return a page: its file below the views, its title, its path in the address, its icon."""
    url = "" if default else path
    return st.Page(f"{_VIEWS}/{file}.py", title=title, url_path=url, icon=f":material/{icon}:", default=default)


def _network_pages() -> list[st.Page]:
    return [
        _page("network/overview", _("Overview"), "overview", "dashboard", default=True),
        _page("network/problems", _("Problems"), "problems", "notifications"),
        _page("network/map", _("Map"), "map", "map"),
        _page("network/institution", _("Institution"), "institution", "apartment"),
        _page("network/building", _("Building"), "building", "home_work"),
        _page("network/device", _("Device"), "device", "router"),
        _page("network/maintenance", _("Maintenance"), "maintenance", "build"),
        _page("network/availability", _("Availability"), "availability", "percent"),
    ]


def _digging_pages(may: Json) -> list[st.Page]:
    found = [
        # Whose institution shows no network begins with what is to be decided.
        _page("digging/decide", _("To decide"), "decide", "handshake", default="see" not in may),
        _page("digging/digs", _("Digs"), "digs", "construction"),
        _page("digging/clients", _("Clients"), "clients", "groups"),
    ]
    if not may["survey"]["all"]:
        found.append(_page("digging/own_share", _("Our savings"), "own-savings", "savings"))
    else:
        found += [
            _page("digging/sites", _("Buildings and fibre"), "sites", "location_city"),
            _page("digging/plan", _("Plans"), "plan", "route"),
            _page("digging/savings", _("Savings"), "savings", "savings"),
            _page("digging/prices", _("Prices"), "prices", "euro"),
        ]
    return found


def _settings_pages(may: Json) -> list[st.Page]:
    found = []
    if "configure" in may:
        found.append(_page("settings/devices", _("Devices"), "devices", "dns"))
        found.append(_page("settings/policies", _("Which ports alarm"), "policies", "tune"))
        if may["configure"]["all"]:
            found.append(_page("settings/credentials", _("Credentials"), "credentials", "key"))
            found.append(_page("settings/notices", _("Who is told"), "notices", "mail"))
    if may.get("administer", {}).get("all"):
        found.append(_page("settings/people", _("People"), "people", "group"))
        found.append(_page("settings/system", _("System"), "system", "monitor_heart"))
    if may.get("audit", {}).get("all"):
        found.append(_page("settings/audit", _("Changes"), "audit", "history"))
    return found


def _pages(me: Json) -> dict[str, list[st.Page]]:
    """Return the pages that this person may use; the centre refuses the others whatever the browser asks for."""
    may = me["may"]
    if me["is_wall"]:
        return {"": [_page("network/wall", _("Wall"), "wall", "tv", default=True)]}
    is_alone = "see" not in may and "survey" not in may
    return {
        _("Network"): _network_pages() if "see" in may else [],
        _("Digging"): _digging_pages(may) if "survey" in may else [],
        _("Settings"): _settings_pages(may),
        me["full_name"]: [_page("settings/account", _("My account"), "account", "person", default=is_alone)],
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
