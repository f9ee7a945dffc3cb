"""A device: what it is, how it is, its ports and sensors over time, and what can be done with it."""

import time

import streamlit as st

from dashboard.api_client import Json, Question, items, load, load_all, question, send
from dashboard.i18n import _, duration, moment, number, rate
from dashboard.presentation import REFRESH_S, badge, marked, pick, plain, problem_word, speaking

_SPANS = {"1h": 3600, "24h": 86_400, "7d": 7 * 86_400, "30d": 30 * 86_400}
_POINTS = 168
_SHORTEST_S = 10
_RECENT_S, _AN_HOUR_S = 1200, 3700
_A_WEEK_S = 7 * 86_400
LIMITS = ("low_critical", "low_warning", "high_warning", "high_critical")  # as the points of sensors are called
_IDENTITY = ("vendor", "model", "version", "serial", "sysDescr")
_PORT = ("ifOperStatus", "ifAdminStatus", "ifHighSpeed", "in_bps", "out_bps", "ifAlias")
_OPER = {1: "up", 2: "down", 3: "testing", 4: "unknown", 5: "dormant", 6: "notPresent", 7: "lowerLayerDown"}


def _latest(measurement: str, fields: list[str], device_id: str, last_s: int) -> Question:
    since_s, tag = _now_s() - last_s, [f"device_id={device_id}"]
    return question("/telemetry/latest", measurement=measurement, field=fields, since_s=since_s, tag=tag)


def _series(measurement: str, field: str, tag: list[str], *, last_s: int, every_s: int) -> Question:
    span = {"start_s": _now_s() - last_s, "stop_s": _now_s()}
    return question("/telemetry/series", measurement=measurement, field=field, tag=tag, every_s=every_s, **span)


def _now_s() -> int:
    """Return the present, cut so that answers asked for within seconds of each other are the same question."""
    return int(time.time()) // _SHORTEST_S * _SHORTEST_S


def _identity(found: list[Json]) -> None:
    """Draw what the device says that it is; it is asked once an hour."""
    words = (_("Vendor"), _("Model"), _("Version"), _("Serial number"), _("Description"))
    known = found[0]["fields"] if found else {}
    told = [
        f"{word}: **{plain(str(known[field]))}**"
        for field, word in zip(_IDENTITY, words, strict=True)
        if known.get(field)
    ]
    st.markdown(" · ".join(told) if told else _("It has not said yet what it is."))


@st.fragment(run_every=REFRESH_S)
def _head(device_id: str) -> None:
    with speaking():
        device, problems = load_all(
            question(f"/devices/{device_id}"), question("/incidents", device_id=device_id, folded=True)
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            badge(device["state"], device["because_of_name"])
            if device["in_maintenance"]:
                badge("maintenance")
            st.caption(plain(f"{device['agency']}, {device['site']} · {device['host']}:{device['port']}"))
        for problem in problems["items"]:
            label = f"{plain(problem_word(problem))} · {moment(problem['raised_at'])}"
            st.page_link(
                "views/network/problems.py",
                label=label,
                icon=":material/error:",
                query_params={"problem": problem["id"]},
            )
        ping, snmp = load_all(
            _latest("ping", ["average_response_ms", "percent_packet_loss"], device_id, _RECENT_S),
            _latest("snmp", ["uptime", "slot"], device_id, _RECENT_S),
        )
        left, middle, right = st.columns(3)
        fields = ping["items"][0]["fields"] if ping["items"] else {}
        left.metric(_("Answer time"), number(fields.get("average_response_ms"), "ms"), border=True)
        middle.metric(_("Lost"), number(fields.get("percent_packet_loss"), "%"), border=True)
        ticks = snmp["items"][0]["fields"].get("uptime") if snmp["items"] else None
        right.metric(_("Running for"), duration(ticks / 100 if ticks is not None else None), border=True)


def _ports(device_id: str, found: list[Json], hour: list[Json]) -> None:
    if not found:
        st.info(_("There are no ports with readings."))
        return
    bars = {item["tags"]["ifName"]: [v for v in item["values"] if v is not None] for item in hour}
    rows = [_port_row(item, bars) for item in found]
    chosen = st.dataframe(
        rows,
        hide_index=True,
        key="ports",
        on_select="rerun",
        selection_mode="single-row",
        alt=_("Table of ports"),
        column_config={_("Last hour"): st.column_config.AreaChartColumn()},
    )
    names = [item["tags"]["ifName"] for item in found]
    picked = chosen["selection"]["rows"]
    port = names[picked[0]] if picked and picked[0] < len(names) else None
    port = st.selectbox(_("Port"), names, index=names.index(port) if port else 0, key="port-choice")
    _port_graph(
        device_id, port, next((i["fields"].get("ifHighSpeed") for i in found if i["tags"]["ifName"] == port), None)
    )


def _port_row(item: Json, bars: dict[str, list[float]]) -> Json:
    fields, name = item["fields"], item["tags"]["ifName"]
    oper = fields.get("ifOperStatus")
    return {
        _("Port"): name,
        _("Label"): fields.get("ifAlias"),
        _("State"): marked("ok") if oper == 1 else _("down") if oper == 2 else _OPER.get(oper, _("no data")),
        _("Speed"): rate(fields["ifHighSpeed"] * 1e6) if fields.get("ifHighSpeed") else None,
        _("In"): rate(fields.get("in_bps")),
        _("Out"): rate(fields.get("out_bps")),
        _("Last hour"): bars.get(name),
    }


def _span() -> int:
    words = {"1h": _("hour"), "24h": _("day"), "7d": _("week"), "30d": _("30 days")}
    chosen = pick(st, _("Time"), words, "span", kind="segmented_control")
    return _SPANS[chosen]


def _port_graph(device_id: str, port: str, megabits: float | None) -> None:
    span_s = _span()
    every_s = max(_SHORTEST_S if span_s <= 3600 else 60, span_s // _POINTS)
    tag = [f"device_id={device_id}", f"ifName={port}"]
    asked = {"measurement": "interface", "tag": tag, "start_s": _now_s() - span_s, "stop_s": _now_s()}
    *answers, made_up = load_all(
        *(_series("interface", field, tag, last_s=span_s, every_s=every_s) for field in ("in_bps", "out_bps")),
        *(question("/telemetry/percentile", field=field, percent=95, **asked) for field in ("in_bps", "out_bps")),
        question("/telemetry/latest", field=["made_up"], measurement="interface", tag=tag, since_s=_now_s() - span_s),
    )
    inward, outward, in_mark, out_mark = (answer["items"][0] if answer["items"] else None for answer in answers)
    lines = {_("In"): inward, _("Out"): outward}
    marks = {_("In"): in_mark and in_mark["value"], _("Out"): out_mark and out_mark["value"]}
    if made_up["items"]:
        st.info(_("The hourly values in this graph are made up: a history of the demo town. Newer ones are measured."))
    _draw(lines, marks, alt=_("Traffic of port {port}").format(port=port))
    st.caption(
        _("95th percentile: in {inward}, out {outward}. Line rate: {line}. Gaps are times without a reading.").format(
            inward=rate(marks[_("In")]), outward=rate(marks[_("Out")]), line=rate(megabits * 1e6 if megabits else None)
        )
    )


def _draw(lines: dict[str, Json | None], marks: dict[str, float | None], *, alt: str) -> None:
    series = []
    for name, found in lines.items():
        if found is None:
            continue
        points = [
            [(found["start_s"] + k * found["every_s"]) * 1000, v / 1e6 if v is not None else None]
            for k, v in enumerate(found["values"])
        ]
        one = {"name": name, "type": "line", "showSymbol": False, "connectNulls": False, "data": points}
        if (mark := marks.get(name)) is not None:
            line = {"yAxis": round(mark / 1e6, 3), "name": "95 %"}
            one["markLine"] = {"silent": True, "symbol": "none", "data": [line], "lineStyle": {"type": "dashed"}}
        series.append(one)
    if not series:
        st.info(_("no data"))
        return
    spec = {
        "tooltip": {"trigger": "axis"},
        "legend": {},
        "xAxis": {"type": "time"},
        "yAxis": {"type": "value", "name": "Mbit/s"},
        "dataZoom": [{"type": "inside"}, {"type": "slider"}],
        "series": series,
    }
    st.echarts_chart(spec, key="traffic", height=360, alt=alt)


def _sensors(found: list[Json]) -> None:
    if not found:
        return
    st.subheader(_("Sensors"))
    rows = [
        {
            _("Kind"): item["tags"]["class"],
            _("Name"): item["tags"].get("name"),
            _("Value"): number(item["fields"].get("value")),
            _("State"): item["fields"].get("state"),
            _("Limits"): _limits(item["fields"]),
            _("Judged by the device"): item["fields"].get("severity"),
            _("Read"): moment_of(item["time_s"]),
        }
        for item in found
    ]
    st.dataframe(rows, hide_index=True, key="sensors", alt=_("Table of sensors"))


def _limits(fields: Json) -> str | None:
    """
    Return the limits that the device itself gives, warning and critical, below and above; nothing
    where it gives none.
    """
    low_critical, low_warning, high_warning, high_critical = (fields.get(name) for name in LIMITS)
    told = [
        f"{sign} {' / '.join(number(limit) for limit in limits if limit is not None)}"
        for sign, limits in (("≤", (low_warning, low_critical)), ("≥", (high_warning, high_critical)))
        if any(limit is not None for limit in limits)
    ]
    return ", ".join(told) or None


def moment_of(time_s: int) -> str:
    """Return seconds since 1970 in local form."""
    return moment(time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time_s)))


def _reachability(found: list[Json]) -> None:
    st.subheader(_("Reachability"))
    if not found:
        st.caption(_("no data"))
        return
    item = found[0]
    points = [[(item["start_s"] + k * item["every_s"]) * 1000, v] for k, v in enumerate(item["values"])]
    spec = {
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "time"},
        "yAxis": {"type": "value", "name": "ms"},
        "series": [{"type": "line", "showSymbol": False, "connectNulls": False, "data": points}],
    }
    st.echarts_chart(spec, key="reachability", height=200, alt=_("Answer time over a day"))


def _check_now(device_id: str) -> None:
    if "operate" not in st.session_state["me"]["may"]:
        return
    if st.button(_("Check now"), key="check", icon=":material/refresh:"):
        with speaking(), st.spinner(_("Asking the device ...")):
            found = send("POST", f"/devices/{device_id}/check")
            identity = found["device"]
            st.success(
                _("It answers: {what}. {ports} ports, {sensors} sensors.").format(
                    what=plain(str(identity["sys_descr"] or identity["sys_name"])),
                    ports=len(found["ports"]),
                    sensors=len(found["sensors"]),
                )
            )


def _links(links: list[Json]) -> None:
    """Draw the links to a device; names of the two that come with the installation are in the reader's language."""
    words = {"Web interface": _("Web interface")}
    with st.container(horizontal=True):
        for number_of, link in enumerate(links):
            label = words.get(link["name"], plain(link["name"]))
            st.link_button(label, link["url"], key=f"link-{number_of}", icon=":material/open_in_new:")


def _choose() -> str | None:
    devices = {d["id"]: d["name"] for d in items("/devices", limit=1000)}
    if not devices:
        st.info(_("There is no device yet."))
        return None
    return pick(st, _("Device"), devices, "device")


def _history(past: list[Json]) -> None:
    st.subheader(_("Problems of the past"))
    rows = [
        {_("Problem"): problem_word(p), _("From"): moment(p["raised_at"]), _("To"): moment(p["cleared_at"])}
        for p in past
    ]
    if rows:
        st.dataframe(rows, hide_index=True, key="past", alt=_("Problems of the past"))
    else:
        st.caption(_("None."))


def _page(device_id: str) -> None:
    mine = [f"device_id={device_id}"]
    st.title(plain(load(f"/devices/{device_id}")["name"]))
    _head(device_id)
    _check_now(device_id)
    answers = load_all(
        _latest("snmp", list(_IDENTITY), device_id, _A_WEEK_S),
        question(f"/devices/{device_id}/links"),
        _latest("interface", list(_PORT), device_id, _AN_HOUR_S),
        _series("interface", "in_bps", mine, last_s=3600, every_s=120),
        _latest("sensor", ["value", "state", "severity", "oid", *LIMITS], device_id, _RECENT_S),
        _series("ping", "average_response_ms", mine, last_s=86_400, every_s=60),
        question("/incidents", device_id=device_id, state="cleared", folded=True, limit=50),
    )
    identity, links, ports, hour, sensors, answer_times, past = (answer["items"] for answer in answers)
    _identity(identity)
    _links(links)
    st.subheader(_("Ports"))
    _ports(device_id, ports, hour)
    _sensors(sensors)
    _reachability(answer_times)
    _history(past)


with speaking():
    if chosen := _choose():
        _page(chosen)
