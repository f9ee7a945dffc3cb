"""Devices: add, test, change, move, retire, and many at once from a file."""

from dataclasses import dataclass

import streamlit as st

from dashboard.api_client import Json, items, send
from dashboard.i18n import _
from dashboard.presentation import plain, speaking


@dataclass(frozen=True)
class Names:
    """What can be chosen in a form, and every device's parent by its name."""

    agencies: list[str]
    credentials: list[str]
    devices: list[str]
    parent_of: dict[str, str | None]
    kinds: list[str]


_REACHES = ("icmp", "tcp:443", "none")


def _reach_word(reach: str) -> str:
    return {"icmp": _("by echo (ICMP)"), "tcp:443": _("by connecting to port 443"), "none": _("by SNMP alone")}.get(
        reach, reach
    )


def _choose(
    key: str, label: str, options: list[str], present: str | None, nothing: str, *, new: bool = False
) -> str | None:
    """Draw a choice that may stay empty, which `nothing` says in words; return what is chosen."""
    listed = ["", *options]
    index = listed.index(present) if present in listed else 0
    chosen = st.selectbox(
        label,
        listed,
        index=index,
        format_func=lambda x: x or nothing,
        key=key,
        accept_new_options=new,
        placeholder=_("choose"),
    )
    return chosen or None


def _form(key: str, device: Json | None, names: Names) -> Json:
    """Draw the fields of a device and return what stands in them."""
    found = device or {}

    def choose(
        label: str, options: list[str], present: str | None, name: str, nothing: str, *, new: bool = False
    ) -> str | None:
        return _choose(f"{key}-{name}", label, options, present, nothing, new=new)

    left, right = st.columns(2)
    with left:
        name = st.text_input(_("Name"), found.get("name", ""), key=f"{key}-name")
        address = (
            f"{found['host']}:{found['port']}"
            if device and ":" not in found["host"]
            else (f"[{found['host']}]:{found['port']}" if device else "")
        )
        address = st.text_input(_("Address"), address, key=f"{key}-address", placeholder="10.0.0.1")
        agency = choose(_("Institution"), names.agencies, found.get("agency"), "agency", _("choose"))
        site = st.text_input(_("Building"), found.get("site", ""), key=f"{key}-site")
        kind = choose(_("Kind"), names.kinds, found.get("kind"), "kind", _("no kind"), new=True)
    with right:
        credential = choose(
            _("Credential"), names.credentials, found.get("credential"), "credential", _("none: reachability alone")
        )
        parents = [d for d in names.devices if d != found.get("name")]
        parent = choose(
            _("Reached through"), parents, names.parent_of.get(found.get("id", "")), "parent", _("nothing else")
        )
        port = st.text_input(_("Its port to there"), found.get("parent_port") or "", key=f"{key}-port")
        reaches = [*_REACHES, *([found["reach"]] if found.get("reach") not in (None, *_REACHES) else [])]
        reach = st.selectbox(
            _("Reachability"),
            reaches,
            index=reaches.index(found.get("reach", "icmp")),
            format_func=_reach_word,
            key=f"{key}-reach",
        )
    return {"name": name, "address": address, "agency": agency, "site": site, "credential": credential,
        "parent": parent,
            "parent_port": port or None, "reach": reach, "kind": kind}  # fmt: skip


def _read_names(devices: list[Json]) -> Names:
    by_id = {d["id"]: d["name"] for d in devices}
    return Names(
        [a["name"] for a in items("/agencies")],
        [c["name"] for c in items("/credentials")],
        [d["name"] for d in devices],
        {d["id"]: by_id.get(d["parent_id"]) for d in devices},
        sorted({d["kind"] for d in devices if d["kind"]}),
    )


def _add(names: Names) -> None:
    with st.expander(_("Add a device"), icon=":material/add:"):
        body = _form("new", None, names)
        if st.button(_("Add"), key="add", type="primary"):
            with speaking():
                send("POST", "/devices", body)
                st.toast(_("Added; it is read within a minute."), icon=":material/check:")
                st.rerun()


def _add_agency() -> None:
    if not st.session_state["me"]["may"]["configure"]["all"]:
        return
    with st.expander(_("Add an institution"), icon=":material/domain_add:"):
        name = st.text_input(_("Name"), key="agency-name")
        if st.button(_("Add"), key="agency-add", disabled=not name):
            with speaking():
                send("POST", "/agencies", {"name": name})
                st.rerun()


def _edit(device: Json, names: Names) -> None:
    st.subheader(plain(device["name"]))
    body = _form(f"edit-{device['id']}-{device['version']}", device, names)
    with st.container(horizontal=True):
        if st.button(_("Save"), key="save", type="primary", icon=":material/save:"):
            with speaking():
                send("PATCH", f"/devices/{device['id']}", body, version=device["version"])
                st.toast(_("Saved."), icon=":material/check:")
                st.rerun()
        if st.button(_("Test"), key="test", icon=":material/network_check:"):
            with speaking(), st.spinner(_("Asking the device ...")):
                found = send("POST", f"/devices/{device['id']}/check")
                st.success(plain(f"{found['device']['sys_descr']} · {len(found['ports'])} · {found['duration_s']} s"))
        if st.button(_("Take out of service"), key="retire", icon=":material/delete:"):
            _confirm(device["id"], device["name"])


@st.dialog(" ")
def _confirm(device_id: str, name: str) -> None:
    st.write(_("Take {name} out of service? What was measured stays.").format(name=plain(name)))
    if st.button(_("Take out of service"), key="retire-sure", type="primary"):
        with speaking():
            send("DELETE", f"/devices/{device_id}")
            st.rerun()


st.title(_("Devices"))
with speaking():
    found = items("/devices", limit=1000)
    known = _read_names(found)
    _add_agency()
    _add(known)
    st.link_button(
        _("As a table file"), "/export/devices.csv", key="export", icon=":material/download:", type="tertiary"
    )
    text = st.text_input(_("Search"), key="text", type="search", bind="query-params", placeholder=_("Search"))
    shown = [d for d in found if text.lower() in f"{d['name']} {d['host']} {d['site']} {d['agency']}".lower()]
    rows = [
        {
            _("Name"): d["name"],
            _("Institution"): d["agency"],
            _("Building"): d["site"],
            _("Address"): f"{d['host']}:{d['port']}",
            _("Credential"): d["credential"],
        }
        for d in shown
    ]
    selection = st.dataframe(
        rows, hide_index=True, on_select="rerun", selection_mode="single-row", key="devices", alt=_("Table of devices")
    )
    picked = selection["selection"]["rows"]
    if picked and picked[0] < len(shown):
        _edit(shown[picked[0]], known)
