"""Forms of the digging half: a dig, a request, a dig permit asked for, an emergency, and changing one."""

from datetime import date
from typing import Any

import streamlit as st

from dashboard.api_client import Json, RefusedError, items, send
from dashboard.dig_widgets import ask_place, party_names
from dashboard.dig_words import KINDS, STAGES, kind_word, stage_word, title_of
from dashboard.i18n import _, euro
from dashboard.presentation import plain, speaking


def _iso(value: Any) -> str | None:
    return value.isoformat() if value is not None else None


def _date_words() -> dict[str, str]:
    return {
        "starts_on": _("Start"), "ends_on": _("Last day"), "earliest_on": _("Earliest"), "optimum_on": _("Best"),
        "latest_on": _("Latest"), "tender_on": _("Tender"), "permit_request_on": _("Permit asked for on"),
    }  # fmt: skip


def _text_words() -> dict[str, str]:
    return {
        "network_elements": _("What is laid"), "contact": _("Contact"), "contractor": _("Contractor"),
        "site_manager": _("Site manager"), "phone_24h": _("Phone, day and night"), "permit_number": _("Permit number"),
        "project_number": _("Project number"), "condition": _("Only if"),
    }  # fmt: skip


def _number_words() -> dict[str, str]:
    return {
        "depth_m": _("How deep it digs, m"), "moving_eur_per_month": _("Cost of moving it, EUR a month"),
        "diameter_mm": _("Diameter of its pipe, mm"),
    }  # fmt: skip


def _fields(key: str, sort: str, known: Json, parties: list[str]) -> Json:
    """Draw the fields of a dig inside a form; return what they say."""
    first, second, third = st.columns(3)
    mine = known.get("promoter") or (parties[0] if len(parties) == 1 else None)
    options = parties if mine is None or mine in parties else [mine, *parties]
    own = st.session_state["me"]["may"]["plan"]
    promoter = first.selectbox(
        _("Client"),
        options,
        index=options.index(mine) if mine else None,
        key=f"{key}-promoter",
        accept_new_options=own["all"],
        placeholder=_("choose or type") if own["all"] else _("choose"),
    )
    kinds = list(KINDS) if known.get("kind", "water") in KINDS else [known["kind"], *KINDS]
    kind = second.selectbox(
        _("Kind"), kinds, index=kinds.index(known.get("kind", "water")), format_func=kind_word, key=f"{key}-kind"
    )
    stage = third.selectbox(
        _("Stage"),
        list(STAGES),
        index=STAGES.index(known.get("stage", "idea")),
        format_func=stage_word,
        key=f"{key}-stage",
    )
    title = st.text_input(_("What it is called"), known.get("title", ""), key=f"{key}-title", max_chars=500)
    dates = {}
    for column, (name, word) in zip([*st.columns(4), *st.columns(3)], _date_words().items(), strict=True):
        present = date.fromisoformat(known[name]) if known.get(name) else None
        dates[name] = _iso(column.date_input(word, present, key=f"{key}-{name}", format="DD.MM.YYYY"))
    return {
        "promoter": promoter or "", "kind": kind, "stage": stage, "title": title, **dates, **_more_fields(key, sort,
        known),
    }  # fmt: skip


def _more_fields(key: str, sort: str, known: Json) -> Json:
    """Draw the fields that most leave empty; return what they say."""
    said: Json = {}
    with st.expander(_("More: contacts, numbers, conditions")):
        columns, ends = st.columns(3), ((0.0, 100.0), (0.0, 1e9), (1.0, 5000.0))
        for column, (name, word), (least, most) in zip(columns, _number_words().items(), ends, strict=True):
            said[name] = column.number_input(word, least, most, known.get(name), key=f"{key}-{name}")
        if sort == "need":
            said["after_work_id"] = _ask_work(f"{key}-after", known.get("after_work_id"))
        for number, (name, word) in enumerate(_text_words().items()):
            said[name] = columns[number % 3].text_input(word, known.get(name, ""), key=f"{key}-{name}", max_chars=500)
        said["note"] = st.text_area(_("Note"), known.get("note", ""), key=f"{key}-note", max_chars=10_000)
        said["is_confidential"] = st.checkbox(
            _("Known to this client and the town alone"), known.get("is_confidential", False), key=f"{key}-secret"
        )
    return said


def _ask_work(key: str, known: str | None) -> str | None:
    """
    Draw a choice of the dig without which a request does not come; return its id, None for one that
    hangs on none.
    """
    titles = {work["id"]: f"{title_of(work)} · {work['promoter']}" for work in items("/works", sort="work", limit=1000)}
    options = [*titles, *([known] if known is not None and known not in titles else [])]
    chosen: str | None = st.selectbox(
        _("Only if this dig comes"),
        options,
        index=None if known is None else options.index(known),
        key=key,
        placeholder=_("choose"),
        format_func=lambda one: titles.get(one, one),
    )
    return chosen


def enter(sort: str) -> None:
    """Draw the form for a new dig, request or dig permit."""
    label = {"work": _("Enter a dig"), "need": _("Enter a request"), "request": _("Ask for a dig permit")}[sort]
    with st.expander(label, icon=":material/add:"):
        place = ask_place(f"new-{sort}")
        with st.form(f"new-{sort}", border=False):
            said = _fields(f"new-{sort}", sort, {}, _own_parties())
            if st.form_submit_button(_("Save"), type="primary"):
                with speaking():
                    path = "/dig-requests" if sort == "request" else "/works"
                    made = send("POST", path, said | {"sort": sort, "place": place})
                    _tell_placed(made)
                    if sort == "request":
                        _tell_routes(made)


def _own_parties() -> list[str]:
    own = st.session_state["me"]["may"]["plan"]
    return party_names() if own["all"] else list(own["parties"])


def _tell_placed(work: Json) -> None:
    if work["geometry"] is None:
        why = (work["place"] or {}).get("unplaced") or _("no place was told")
        st.warning(_("Saved; it is still to be placed: {why}").format(why=plain(why)), icon=":material/wrong_location:")
    else:
        st.success(_("Saved and placed."), icon=":material/check:")


def _tell_routes(asked: Json) -> None:
    if asked["routes"]:
        st.warning(
            _("There are {count} cable routes there:").format(count=len(asked["routes"])), icon=":material/cable:"
        )
        for route in asked["routes"]:
            st.caption(plain(f"{route['name']} · {route['owner']} · {route['distance_m']} m"))
    elif asked["is_placed"]:
        st.success(_("No cable route of the register lies there."))
    for condition in asked["conditions"]:
        st.caption(plain(condition))


def enter_emergency() -> None:
    """Draw the form for a dig that cannot wait."""
    with st.expander(_("Emergency: somebody digs now"), icon=":material/emergency:"):
        place = ask_place("emergency")
        with st.form("emergency", border=False):
            left, right = st.columns(2)
            own = _own_parties()
            promoter = left.selectbox(
                _("Who"),
                own,
                index=0 if len(own) == 1 else None,
                key="emergency-who",
                accept_new_options=True,
                placeholder=_("choose or type"),
            )
            phone = right.text_input(_("Phone, day and night"), key="emergency-phone", max_chars=100)
            if st.form_submit_button(_("Enter it now"), type="primary"):
                with speaking():
                    body = {"place": place or {"street": ""}, "promoter": promoter or "", "phone_24h": phone}
                    _tell_placed(send("POST", "/emergencies", body))


def change(work: Json) -> None:
    """
    Draw the form that changes a dig; only what was changed is sent.

    The form stays at the version at which it was opened, so that what somebody typed is never lost to what somebody
    else saved.
    """
    opened_key = f"change-{work['id']}-opened"
    opened: Json = st.session_state.setdefault(opened_key, work)
    key = f"change-{work['id']}-{opened['version']}"
    with st.expander(_("Change"), icon=":material/edit:"), st.form(key, border=False):
        said = _fields(key, opened["sort"], opened, _own_parties())
        is_sent = st.form_submit_button(_("Save"), type="primary")
    if is_sent:
        with speaking():
            _send_change(opened, said)
            del st.session_state[opened_key]
            st.rerun()
    if opened["version"] != work["version"]:
        st.info(_("Somebody else changed this since the form was opened."), icon=":material/update:")
        if st.button(_("Begin again from the present state"), key=f"{key}-again"):
            del st.session_state[opened_key]
            st.rerun()


def _send_change(opened: Json, said: Json) -> None:
    changed = {name: value for name, value in said.items() if value != opened[name]}
    try:
        made = send("PATCH", f"/works/{opened['id']}", changed, version=opened["version"])
        _tell_stake(made["at_stake"])
    except RefusedError as error:
        _tell_difference(error)
        raise


def _tell_stake(stake: Json) -> None:
    """Tell at once what a change does to digging together."""
    less = stake["before"]["saving_eur"] - stake["now"]["saving_eur"]
    if abs(less) >= 1:
        told = (
            _("Digging together would save {sum} less now.")
            if less > 0
            else _("Digging together would save {sum} more now.")
        )
        st.toast(told.format(sum=euro(abs(less))), icon=":material/handshake:", duration="long")


def _tell_difference(error: RefusedError) -> None:
    """Tell a second editor what the first one made of what both changed."""
    words = (
        _date_words()
        | _text_words()
        | _number_words()
        | {
            "after_work_id": _("Only if this dig comes"),
            "title": _("What it is called"),
            "note": _("Note"),
            "stage": _("Stage"),
        }
    )
    for name, each in error.document.get("present", {}).get("difference", {}).items():
        told = _("{field}: now {present}, yours {yours}")
        shown = {side: str(each[side] or "–") for side in ("present", "yours")}
        st.warning(plain(told.format(field=words.get(name, name), **shown)))
