"""Digs: who opens which street when, on a map and as a table; taking files in and undoing that."""

from datetime import date

import pydeck as pdk
import streamlit as st

from dashboard.client import Json, items, load, send, upload
from dashboard.ground import style
from dashboard.shown import plain, speaking
from dashboard.words import _, day

_PAST, _NOW, _LATER = [150, 150, 150], [200, 30, 30], [30, 110, 200]


def _when(work: Json) -> str:
    """Return whether a work is over, under way or to come, by its dates."""
    today = date.today().isoformat()  # noqa: DTZ011 - days of the town, told in its own time
    if work["ends_on"] and work["ends_on"] < today:
        return "over"
    return "now" if work["starts_on"] and work["starts_on"] <= today else "later"


def _when_word(when: str) -> str:
    return {"over": _("over"), "now": _("under way"), "later": _("to come")}[when]


def _show() -> None:
    page = load("/works", limit=1000)
    works = page["items"]
    if not works:
        st.info(_("There are no digs yet. Take in a file of works, or let a feed bring them."))
        return
    st.caption(_("{count} digs").format(count=page["total"]))
    left, right = st.columns([3, 2])
    with left:
        _draw(works)
    rows = [
        {
            _("State"): _when_word(_when(w)),
            _("From"): day(w["starts_on"]),
            _("To"): day(w["ends_on"]),
            _("Dig"): w["title"] or w["external_id"],
            _("Client"): w["promoter"],
        }
        for w in works
    ]
    right.dataframe(rows, hide_index=True, key="works", height=560, alt=_("Table of digs"))


def _conflicts() -> None:
    found = items("/conflicts", since=date.today().isoformat())  # noqa: DTZ011 - days of the town, told in its own time
    if not found:
        return
    st.subheader(_("In the same place at the same time"))
    rows = [
        {
            _("From"): day(c["since"]),
            _("To"): day(c["until"]),
            _("Dig"): c["first_title"],
            _("Client"): c["first_promoter"],
            _("Other dig"): c["second_title"],
            _("Other client"): c["second_promoter"],
        }
        for c in found
    ]
    st.dataframe(rows, hide_index=True, key="conflicts", alt=_("Table of digs in the same place at the same time"))


def _draw(works: list[Json]) -> None:
    colours = {"over": _PAST, "now": _NOW, "later": _LATER}
    features = [
        {
            "type": "Feature",
            "geometry": w["geometry"],
            "properties": {
                "title": plain(w["title"]), "client": plain(w["promoter"]), "colour": colours[_when(w)],
                "dates": f"{day(w['starts_on'])} - {day(w['ends_on'])}",
            },
        }
        for w in works
    ]  # fmt: skip
    layer = pdk.Layer(
        "GeoJsonLayer", {"type": "FeatureCollection", "features": features}, id="digs", pickable=True, filled=True,
        get_fill_color="properties.colour", get_line_color="properties.colour", opacity=0.5, line_width_min_pixels=3,
        point_radius_min_pixels=5,
    )  # fmt: skip
    longitude, latitude = _middle(works)
    view = pdk.ViewState(longitude=longitude, latitude=latitude, zoom=12)
    deck = pdk.Deck(
        [layer],
        map_provider="carto",
        map_style=style(),
        initial_view_state=view,
        tooltip={"text": "{title}\n{client}\n{dates}"},
    )
    st.pydeck_chart(deck, key="digs-map", height=560, alt=_("Map of digs; the table beside it says the same"))


def _middle(works: list[Json]) -> tuple[float, float]:
    """Return the middle of the first places of all digs."""
    firsts = [_first(w["geometry"]) for w in works]
    return sum(x for x, _y in firsts) / len(firsts), sum(y for _x, y in firsts) / len(firsts)


def _first(geometry: Json) -> tuple[float, float]:
    found = (
        geometry["geometries"][0]["coordinates"]
        if geometry["type"] == "GeometryCollection"
        else geometry["coordinates"]
    )
    while isinstance(found[0], list):
        found = found[0]
    return float(found[0]), float(found[1])


def _take_in() -> None:
    kinds = {"works": _("digs"), "streets": _("streets"), "sites": _("sites that want fibre")}
    with st.expander(_("Take a file in"), icon=":material/upload_file:"):
        kind = st.segmented_control(
            _("What it holds"),
            list(kinds),
            default="works",
            required=True,
            format_func=kinds.__getitem__,
            key="take-kind",
        )
        feed = (
            st.text_input(_("Descriptor of a feed, if it is one"), key="take-feed", max_chars=100)
            if kind == "works"
            else ""
        )
        crs = st.text_input(
            _("CRS, where the file does not tell it"), key="take-crs", placeholder="EPSG:3059", max_chars=100
        )
        file = st.file_uploader(_("File"), key="take-file")
        if file and st.button(_("Take in"), key="take", type="primary"):
            with speaking(), st.spinner(_("Reading the file ...")):
                done = upload(f"/imports/{kind}", file.getvalue(), name=file.name, feed=feed, crs=crs)
                st.success(
                    _("{read} read, {accepted} accepted, {rejected} rejected.").format(
                        read=done["read"], accepted=done["accepted"], rejected=len(done["rejected"])
                    )
                )
                for rejected in done["rejected"][:20]:
                    st.caption(plain(f"{rejected['row']}: {rejected['reason']}"))


def _imports() -> None:
    made = [i for i in items("/imports") if i["undone_at"] is None][:10]
    if not made:
        return
    with st.expander(_("Files that were taken in"), icon=":material/history:"):
        for each in made:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.write(plain(f"{each['source']}: {each['accepted']} / {each['read']}"))
                if each["attribution"]:
                    st.caption(plain(each["attribution"]))
                if st.button(_("Undo"), key=f"undo-{each['id']}", type="tertiary"):
                    with speaking():
                        send("POST", f"/imports/{each['id']}/undo")
                        st.rerun()


st.title(_("Digs"))
with speaking():
    _show()
    _conflicts()
    if "plan" in st.session_state["me"]["may"]:
        _take_in()
        _imports()
