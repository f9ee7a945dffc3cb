"""
Savings: before and after by year and party, what was missed and what cost more, from plan over contract to fact;
reports.
"""

import json

import streamlit as st

from dashboard.api_client import Json, items, load, send
from dashboard.bill_widgets import show_bill
from dashboard.dig_words import euro_range, ledger_stage_word
from dashboard.i18n import _, euro, moment, number, percent
from dashboard.presentation import plain, speaking

_RULES = ("incremental", "proportional", "shapley")


def _rule_word(rule: str) -> str:
    return {
        "incremental": _("who joins pays what it adds"),
        "proportional": _("by what each would pay alone"),
        "shapley": _("Shapley: the mean over all orders of joining"),
    }[rule]


def _range(total: Json) -> str:
    return euro_range(total["low"], total["mid"], total["high"])


def _totals(found: Json) -> None:
    columns = [*st.columns(3), *st.columns(2)]
    for column, stage in zip(columns, ("planned", "agreed", "realised"), strict=False):
        total = found["share_of_the_joint_bill"][stage]
        column.metric(
            _("Saved by {stage}").format(stage=ledger_stage_word(stage)),
            euro(total["saving_eur"]["mid"]),
            percent(total["share"]) if total["share"] is not None else None,
            delta_arrow="off",
            border=True,
            help=_range(total["saving_eur"]),
        )
    missed, more = found["missed"], found["costs_more"]
    columns[3].metric(
        _("Missed"),
        euro(missed["saving_eur"]["mid"]),
        _("{count} chances").format(count=missed["count"]),
        delta_arrow="off",
        delta_color="red" if missed["count"] else "off",
        border=True,
    )
    columns[4].metric(
        _("Cost more together"),
        euro(-more["saving_eur"]["mid"]),
        _("{count} digs").format(count=more["count"]),
        delta_arrow="off",
        delta_color="red" if more["count"] else "off",
        border=True,
    )
    _fibre_bill(found)
    st.caption(
        _("Disruption is beside the money and never in it: {days} days of closed streets saved.").format(
            days=number(found["disruption_days"])
        )
    )


def _fibre_bill(found: Json) -> None:
    """Tell what fibre cost by what was agreed or paid."""
    for stage in ("agreed", "realised"):
        bill = found["fibre_bill"][stage]
        if bill["count"]:
            told = _(
                "Fibre by {stage}: {count} sections cost {paid}, and by the plan's prices {alone} if dug alone: "
                "{saved} less."
            )
            names = {"paid": "joint_eur", "alone": "alone_eur", "saved": "saving_eur"}
            sums = {name: euro(bill[what]["mid"]) for name, what in names.items()}
            st.info(
                told.format(stage=ledger_stage_word(stage), count=bill["count"], **sums), icon=":material/receipt_long:"
            )


def _before_and_after(title: str, groups: dict[str, tuple[float, float]], key: str) -> None:
    if not groups:
        return
    st.subheader(title)
    alone, together = _("digging alone"), _("digging together")
    values = [
        {"group": group, "how": how, "eur": eur}
        for group, sums in groups.items()
        for how, eur in zip((alone, together), sums, strict=True)
    ]
    spec = {
        "mark": {"type": "bar", "cornerRadius": 3},
        "encoding": {
            "x": {"field": "group", "type": "nominal", "title": None, "axis": {"labelAngle": 0}},
            "xOffset": {"field": "how", "sort": [alone, together]},
            "y": {"field": "eur", "type": "quantitative", "title": "EUR"},
            "color": {"field": "how", "type": "nominal", "title": None, "sort": [alone, together]},
            "tooltip": [{"field": "group"}, {"field": "how"}, {"field": "eur", "format": ",.0f"}],
        },
    }
    left, right = st.columns([3, 2])
    with left:
        st.vega_lite_chart(
            values, spec, key=key, height=300, alt=_("{title}; the table says the same").format(title=title)
        )
    rows = [
        {"": group, alone: euro(before), together: euro(after), _("Saving"): euro(before - after)}
        for group, (before, after) in groups.items()
    ]
    right.dataframe(rows, hide_index=True, key=f"{key}-table", alt=title)


def _entries(found: Json) -> None:
    st.subheader(_("Joint digs"))
    rows = [
        {
            _("Year"): e["year"], _("Stage"): ledger_stage_word(e["stage"]), _("What"): e["title"],
                _("Alone"): euro(e["alone_eur"]["mid"]),
            _("Together"): euro(e["joint_eur"]["mid"]), _("Saving"): _range(e["saving_eur"]),
            _("Who pays"): "; ".join(f"{party} {euro(each['pays_eur'])}" for party, each in e["parties"].items()),
            _("Rests on"): ", ".join(e["sources"]), _("Document"): e["document"],
        }
        for e in found["entries"]
    ]  # fmt: skip
    if rows:
        st.dataframe(rows, hide_index=True, key="entries", alt=_("Table of joint digs"))
    else:
        st.caption(_("None yet. A chance that is joined comes here."))


def _bills(found: Json) -> None:
    """Draw what a sum is added up from, for a joint dig that is chosen."""
    titles = {e["subject"]: f"{e['title']} ({ledger_stage_word(e['stage'])})" for e in found["entries"]}
    if titles:
        with st.expander(_("What a sum is added up from"), icon=":material/calculate:"):
            show_bill(st.selectbox(_("Joint dig"), list(titles), format_func=titles.__getitem__, key="bill-subject"))


def _enter(found: Json) -> None:
    going = {e["subject"]: e for e in found["entries"] if e["stage"] != "missed"}
    if not going:
        return
    with st.expander(_("Enter what was agreed or paid"), icon=":material/receipt_long:"):
        names = {subject: f"{e['title']} ({ledger_stage_word(e['stage'])})" for subject, e in going.items()}
        subject = st.selectbox(_("Joint dig"), list(names), format_func=names.__getitem__, key="entry-subject")
        entry = going[subject]
        with st.form(f"entry-{subject}", border=False):
            stage = st.segmented_control(
                _("Stage"),
                ["agreed", "realised"],
                default="agreed",
                required=True,
                format_func=ledger_stage_word,
                key="entry-stage",
            )
            alone, joint = _ask_costs(subject, entry)
            left, right = st.columns([3, 1])
            document = left.text_input(_("Contract or invoice"), key=f"document-{subject}", max_chars=500)
            days = right.number_input(_("Days of closed streets saved"), 0.0, 3660.0, 0.0, key=f"days-{subject}")
            reason = st.text_input(
                _("Why, where a contract is corrected after the fact"), key=f"reason-{subject}", max_chars=1000
            )
            is_meant = st.checkbox(
                _("An unusual sum is meant: over five times the estimate, or under a fifth"), key=f"meant-{subject}"
            )
            if st.form_submit_button(_("Save"), type="primary"):
                with speaking():
                    body = {
                        "stage": stage,
                        "alone_eur": alone,
                        "joint_eur": joint,
                        "document": document,
                        "disruption_days": days,
                        "reason": reason,
                        "confirm_unusual": is_meant,
                    }
                    send("POST", f"/savings/{subject}", body)
                    st.rerun()
        _withdraw(entry)


def _withdraw(entry: Json) -> None:
    """Draw how figures of a contract or a fact are taken back."""
    if entry["stage"] not in ("agreed", "realised"):
        return
    with st.popover(_("Withdraw these figures"), icon=":material/undo:"), st.form(f"undo-{entry['id']}", border=False):
        reason = st.text_input(_("Why"), key=f"undo-why-{entry['id']}", max_chars=1000)
        if st.form_submit_button(_("Withdraw")):
            with speaking():
                body = {"stage": entry["stage"], "reason": reason}
                send("POST", f"/savings/{entry['subject']}/withdrawal", body)
                st.rerun()


def _ask_costs(subject: str, entry: Json) -> tuple[dict[str, float], float]:
    """Draw fields for what each party would pay alone and all together; return what they say."""
    columns = st.columns(len(entry["parties"]) + 1)
    alone = {
        party: column.number_input(
            _("{party} alone, EUR").format(party=party),
            0.0,
            None,
            float(each["alone_eur"]),
            key=f"alone-{subject}-{party}",
        )
        for column, (party, each) in zip(columns, entry["parties"].items(), strict=False)
    }
    joint = columns[-1].number_input(
        _("Together, EUR"), 0.0, None, float(max(0.0, entry["joint_eur"]["mid"])), key=f"joint-{subject}"
    )
    return alone, joint


def _rules(found: Json) -> None:
    with st.expander(_("How bills are shared"), icon=":material/balance:"):
        for year, rule in found["rules"].items():
            chosen = st.selectbox(
                str(year), list(_RULES), index=_RULES.index(rule), format_func=_rule_word, key=f"rule-{year}"
            )
            if chosen != rule:
                with speaking():
                    send("PUT", f"/ledger-years/{year}", {"rule": chosen})
                    st.rerun()


def _reports(years: list[int]) -> None:
    st.subheader(_("Reports"))
    if "report" in st.session_state["me"]["may"] and years:
        with st.form("report", border=False):
            left, right = st.columns([1, 3], vertical_alignment="bottom")
            year = left.selectbox(_("Year"), years, key="report-year")
            if right.form_submit_button(_("Draw up the report")):
                with speaking():
                    made = send("POST", "/reports", {"year": year})
                    st.success(
                        _("Report {number} is a draft; somebody else is to approve it.").format(number=made["number"])
                    )
    for report in items("/reports"):
        is_draft = report["state"] == "draft"
        who = _("draft of {name}").format(name=report["author"]) if is_draft else report["approved_by"]
        with st.expander(plain(f"{report['number']} · {who} · {moment(report['issued_at'])}")):
            found = load(f"/reports/{report['number']}")
            _preview(found["content"])
            if is_draft:
                _decide_on_draft(report)
                continue
            st.caption(f"SHA-256 {found['digest']}")
            if not found["is_intact"]:
                st.error(_("The content does not fit its hash any more."), icon=":material/gpp_bad:")
            for each in found["differences"]:
                st.warning(
                    _("{title} is different now").format(title=plain(each["title"])), icon=":material/difference:"
                )
            st.download_button(
                _("Download"),
                json.dumps(found["content"], ensure_ascii=False, indent=1),
                f"savings-{report['number']}.json",
                "application/json",
                key=f"download-{report['number']}",
            )


def _preview(content: Json) -> None:
    """Draw what a report says, a row a joint dig."""
    rows = [
        {
            _("Stage"): ledger_stage_word(e["stage"]), _("What"): e["title"], _("Alone"): euro(e["alone_eur"]["mid"]),
            _("Together"): euro(e["joint_eur"]["mid"]), _("Saving"): euro(e["saving_eur"]["mid"]),
            _("Document"): e["document"],
        }
        for e in content["entries"]
    ]  # fmt: skip
    if rows:
        st.dataframe(rows, hide_index=True, alt=_("Table of joint digs"))


def _decide_on_draft(report: Json) -> None:
    """Draw what may be done with a draft: approved by somebody who did not draw it up, or dropped."""
    me, path = st.session_state["me"], f"/reports/{report['number']}"
    with st.container(horizontal=True), speaking():
        if (
            "approve" in me["may"]
            and me["name"] != report["author"]
            and st.button(_("Approve and issue the report"), key=f"approve-{report['number']}", type="primary")
        ):
            send("POST", f"{path}/approval", {})
            st.rerun()
        if "report" in me["may"] and st.button(_("Drop the draft"), key=f"drop-{report['number']}"):
            send("DELETE", path)
            st.rerun()


st.title(_("Savings"))
with speaking():
    everything = load("/savings")
    years = sorted({entry["year"] for entry in everything["entries"]})
    chosen = st.segmented_control(_("Year"), years, key="savings-year") if years else None
    shown = load("/savings", year=chosen) if chosen else everything
    _totals(shown)
    _before_and_after(
        _("By year"),
        {y: (t["alone_eur"]["mid"], t["joint_eur"]["mid"]) for y, t in shown["by_year"].items()},
        "by-year",
    )
    _before_and_after(
        _("By client"), {p: (e["alone_eur"], e["pays_eur"]) for p, e in shown["by_party"].items()}, "by-party"
    )
    _entries(shown)
    _bills(shown)
    if "plan" in st.session_state["me"]["may"]:
        _enter(shown)
        _rules(shown)
    _reports(years)
    told = _(
        "All sums are without VAT. With {share} of VAT: plan {plan}, contract {contract}, fact {fact}, missed {missed}."
    )
    taxed = shown["saving_with_vat_eur"]
    st.caption(
        told.format(
            share=percent(shown["vat_share"]),
            plan=euro(taxed["planned"]),
            contract=euro(taxed["agreed"]),
            fact=euro(taxed["realised"]),
            missed=euro(taxed["missed"]),
        )
    )
