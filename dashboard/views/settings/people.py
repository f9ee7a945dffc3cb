"""People: accounts, what each may do, one-time links, and views for the wall."""

import streamlit as st

from dashboard.api_client import Json, items, send
from dashboard.i18n import _
from dashboard.presentation import plain, role_word, speaking

_ROLES = ("viewer", "operator", "planner", "manager", "partner", "admin")


def _grant_word(grant: Json) -> str:
    over = grant["agency"] or grant["party"] or _("everything")
    return f"{role_word(grant['role'])} ({over})"


def _show_link(link: str) -> None:
    """Show a one-time link; it is given this once."""
    st.session_state["fresh-link"] = link


def _fields(key: str, agencies: list[str]) -> list[Json]:
    role = st.selectbox(_("Role"), _ROLES, format_func=role_word, key=f"{key}-role")
    chosen = st.multiselect(
        _("Institutions (none chosen: all)"), agencies, key=f"{key}-agencies", placeholder=_("choose")
    )
    party = st.text_input(_("Party"), key=f"{key}-party") if role == "partner" else None
    return [{"role": role, "agency": agency, "party": party} for agency in (chosen or (None,))]


def _add(agencies: list[str]) -> None:
    with st.expander(_("Add a person"), icon=":material/person_add:"):
        name = st.text_input(_("Account name"), key="name")
        full_name = st.text_input(_("Full name"), key="full-name")
        grants = _fields("new", agencies)
        if st.button(_("Add"), key="add", type="primary", disabled=not name):
            with speaking():
                _show_link(send("POST", "/people", {"name": name, "full_name": full_name, "grants": grants})["link"])
                st.rerun()


def _edit(person: Json, agencies: list[str]) -> None:
    st.subheader(plain(person["full_name"]))
    grants = _fields(f"edit-{person['name']}", agencies)
    with st.container(horizontal=True):
        if st.button(_("Give this role alone"), key="save"):
            with speaking():
                send("PATCH", f"/people/{person['name']}", {"grants": grants}, version=person["version"])
                st.rerun()
        word = _("Let in again") if person["disabled"] else _("Shut the account")
        if st.button(word, key="shut"):
            with speaking():
                send(
                    "PATCH",
                    f"/people/{person['name']}",
                    {"disabled": not person["disabled"]},
                    version=person["version"],
                )
                st.rerun()
        if st.button(_("New one-time link"), key="link"):
            with speaking():
                _show_link(send("POST", f"/people/{person['name']}/link")["link"])
                st.rerun()


def _walls() -> None:
    st.subheader(_("Views for the wall"))
    st.caption(_("A view shows problems and institutions, changes nothing, and lives until it is revoked."))
    if st.button(_("Make a view"), key="wall"):
        with speaking():
            st.session_state["fresh-wall"] = send("POST", "/walls", {})["token"]
    if wall := st.session_state.pop("fresh-wall", None):
        st.code(f"/wall-link?token={wall}", language=None)
    for row in items("/walls"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(f"{row['id']} · {plain(row['made_by'])}")
            if st.button(_("Revoke"), key=f"revoke-{row['id']}", type="tertiary"):
                send("DELETE", f"/walls/{row['id']}")
                st.rerun()


st.title(_("People"))
with speaking():
    known = [a["name"] for a in items("/agencies")]
    _add(known)
    if fresh := st.session_state.pop("fresh-link", None):
        st.info(_("Give this link to the person; it works once, for a day, and is not shown again."))
        st.code(f"/set-up?link={fresh}", language=None)
    people = items("/people")
    rows = [
        {
            _("Account name"): p["name"],
            _("Full name"): p["full_name"],
            _("Roles"): ", ".join(map(_grant_word, p["grants"])),
            _("Phone's code"): p["totp"],
            _("Shut"): p["disabled"],
        }
        for p in people
    ]
    selection = st.dataframe(
        rows, hide_index=True, on_select="rerun", selection_mode="single-row", key="people", alt=_("Table of people")
    )
    picked = selection["selection"]["rows"]
    if picked and picked[0] < len(people):
        _edit(people[picked[0]], known)
    _walls()
