"""Digs: who opens which street when, as map, table and timetable; entered, put right, taken in from files."""

import streamlit as st

from dashboard.api_client import Json, RefusedError, items, load, send, upload
from dashboard.dig_forms import change, enter, enter_emergency
from dashboard.dig_widgets import draw_digs, draw_gantt
from dashboard.dig_words import SORTS, fact_word, kind_word, sort_word, stage_word, status_word, title_of
from dashboard.i18n import _, day, euro, moment, number, today
from dashboard.presentation import pick, plain, speaking
from dashboard.section_picker import choose_edges


def _show(sort: str) -> list[Json]:
    text = st.text_input(_("Search"), key="dig-search", max_chars=100, placeholder=_("street, dig or client"))
    page = load("/works", sort=sort, limit=1000, text=text)
    works: list[Json] = page["items"]
    if not works:
        st.info(_("There are none. Enter one below, or take in a file."))
        return works
    st.caption(_("{count} in all").format(count=page["total"]))
    rows = [
        {
            _("State"): status_word(w["status"]),
            _("From"): day(w["starts_on"] or w["earliest_on"]),
            _("To"): day(w["ends_on"] or w["latest_on"]),
            _("What"): title_of(w),
            _("Kind"): kind_word(w["kind"]),
            _("Client"): w["promoter"],
            _("Placed"): _("yes") if w["geometry"] else _("to be placed"),
        }
        for w in works
    ]
    map_tab, time_tab = st.tabs([_("Map"), _("Timetable")])
    with map_tab:
        left, right = st.columns([3, 2])
        with left:
            draw_digs(works, f"map-{sort}")
        chosen = right.dataframe(
            rows,
            hide_index=True,
            key=f"works-{sort}",
            height=520,
            on_select="rerun",
            selection_mode="single-row",
            alt=_("Table of digs"),
        )
    with time_tab:
        draw_gantt(works, f"gantt-{sort}")
    picked = chosen["selection"]["rows"]
    if picked and picked[0] < len(works):
        st.query_params["work"] = works[picked[0]]["id"]
    return works


def _conflicts() -> None:
    found = items("/conflicts", since=today().isoformat())
    if not found:
        return
    st.subheader(_("In the same place at the same time"))
    rows = [
        {
            _("From"): day(c["since"]),
            _("To"): day(c["until"]),
            _("Dig"): c["first_title"],
            _("Client"): c["first_promoter"],
            _("With"): c["second_title"]
            if c["kind"] == "digs"
            else _("protected surface: {what}").format(what=c["second_title"]),
            _("Other client"): c["second_promoter"],
        }
        for c in found
    ]
    st.dataframe(rows, hide_index=True, key="conflicts", alt=_("Table of digs in the same place at the same time"))


def _one(work_id: str) -> None:
    """Draw one dig: what is known of it, its streets, its past; and change it."""
    work = load(f"/works/{work_id}")
    st.subheader(plain(title_of(work)))
    st.caption(
        plain(
            f"{status_word(work['status'])} · {stage_word(work['stage'])} · {kind_word(work['kind'])} · "
            f"{work['promoter']}"
        )
    )
    _tell_terms(work)
    if work["missing_facts"]:
        missing = ", ".join(fact_word(fact) for fact in work["missing_facts"])
        st.warning(
            _("Not known yet, though it is to be published: {facts}").format(facts=missing), icon=":material/help:"
        )
    if work["geometry"] is None:
        st.warning(_("To be placed: {why}").format(why=plain((work["place"] or {}).get("unplaced", ""))))
    own = st.session_state["me"]["may"].get("plan", {"all": False, "parties": []})
    if own["all"] or work["promoter"] in own["parties"]:
        change(work)
        with st.expander(_("Which streets it opens"), icon=":material/route:"):
            choose_edges(work)
        if st.button(_("Take back"), key=f"remove-{work_id}", icon=":material/undo:"):
            with speaking():
                send("DELETE", f"/works/{work_id}")
                st.session_state["removed"] = (work_id, work["version"])
                del st.query_params["work"]
                st.rerun()
    _history(work)


def _tell_terms(work: Json) -> None:
    """
    Tell how deep a dig is, within which days it may move at which cost, and without which other dig
    it does not come.
    """
    told = []
    if work["depth_m"] is not None:
        told.append(_("digs {depth} deep").format(depth=number(work["depth_m"], "m")))
    if work["diameter_mm"] is not None:
        told.append(_("pipe of {diameter}").format(diameter=number(work["diameter_mm"], "mm")))
    for name, word in (
        ("earliest_on", _("starts on {day} at the earliest")),
        ("latest_on", _("starts on {day} at the latest")),
    ):
        if work[name] is not None:
            told.append(word.format(day=day(work[name])))
    if work["moving_eur_per_month"] is not None:
        told.append(_("moving it costs {cost} a month").format(cost=euro(work["moving_eur_per_month"])))
    if work["after_work_id"] is not None:
        told.append(_("only if this dig comes: {dig}").format(dig=_title_of_other(work["after_work_id"])))
    if told:
        st.caption(plain(" · ".join(told)))


def _title_of_other(work_id: str) -> str:
    """Return what another dig is called; one that the reader may not see stays an id."""
    try:
        return title_of(load(f"/works/{work_id}"))
    except RefusedError:
        return work_id


def _history(work: Json) -> None:
    with st.expander(_("How it came to be"), icon=":material/history:"):
        rows = [
            {
                _("Version"): h["version"], _("When"): moment(h["at"]), _("Who"): h["actor"],
                    _("Stage"): stage_word(h["stage"]),
                _("From"): day(h["starts_on"]), _("To"): day(h["ends_on"]), _("What"): h["title"],
            }
            for h in work["history"]
        ]  # fmt: skip
        st.dataframe(rows, hide_index=True, key=f"history-{work['id']}", alt=_("Table of versions"))


def _offer_restore() -> None:
    """Offer to bring back what was taken back just now."""
    removed = st.session_state.get("removed")
    if removed and st.button(_("Undo: bring back what was taken back"), key="restore", icon=":material/undo:"):
        with speaking():
            send("POST", f"/works/{removed[0]}/restore", {"version": removed[1]})
            del st.session_state["removed"]
            st.rerun()


def _take_in() -> None:
    kinds = {
        "works": _("digs"),
        "needs": _("requests"),
        "streets": _("streets"),
        "sites": _("sites that want fibre"),
        "routes": _("cable routes"),
    }
    with st.expander(_("Take a file in"), icon=":material/upload_file:"):
        kind = st.segmented_control(
            _("What it holds"),
            list(kinds),
            default="works",
            required=True,
            format_func=kinds.__getitem__,
            key="take-kind",
        )
        left, middle, right = st.columns(3)
        feed = left.text_input(_("Descriptor of a feed, if it is one"), key="take-feed", max_chars=100)
        party = middle.text_input(_("Whose list it is, if no column says so"), key="take-party", max_chars=200)
        crs = right.text_input(
            _("CRS, where the file does not tell it"), key="take-crs", placeholder="EPSG:3059", max_chars=100
        )
        file = st.file_uploader(_("File"), key="take-file")
        try_out = st.checkbox(_("Only look what would happen"), key="take-dry")
        if file and st.button(_("Take in"), key="take", type="primary"):
            with speaking(), st.spinner(_("Reading the file ...")):
                done = upload(
                    f"/imports/{kind}",
                    file.getvalue(),
                    name=file.name,
                    feed=feed,
                    crs=crs,
                    party=party,
                    dry_run="true" if try_out else "false",
                )
                _tell_taken(done)


def _tell_taken(done: Json) -> None:
    st.success(
        _("{read} read, {accepted} accepted, {rejected} rejected.").format(
            read=done["read"], accepted=done["accepted"], rejected=len(done["rejected"])
        )
    )
    for note in done["notes"]:
        st.caption(plain(note))
    for title, rows, columns in (
        (_("Rejected"), done["rejected"], ("row", "reason")),
        (_("To be placed by hand"), done["to_place"], ("row", "reason")),
        (_("Changed"), done["changed"], ("title", "field", "before", "after")),
    ):
        if rows:
            st.caption(f"{title}: {len(rows)}")
            st.dataframe(
                [{c: r[c] for c in columns} for r in rows[:200]], hide_index=True, key=f"told-{title}", alt=title
            )


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
    sort = pick(st, _("Show"), {s: sort_word(s) for s in SORTS}, "sort", kind="segmented_control")
    _show(sort)
    if chosen := st.query_params.get("work"):
        _one(chosen)
    _offer_restore()
    if sort == "work":
        _conflicts()
    may_plan = st.session_state["me"]["may"].get("plan")
    if may_plan:
        enter(sort)
        enter_emergency()
    if may_plan and may_plan["all"]:
        _take_in()
        _imports()
