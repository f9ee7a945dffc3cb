"""How much of a month each institution was there, with the formula."""

from datetime import datetime

import streamlit as st

from dashboard.api_client import items
from dashboard.i18n import _, percent, zone
from dashboard.presentation import pick, speaking

_MONTHS = 13


def _months() -> list[str]:
    present = datetime.now(zone())
    counted = present.year * 12 + present.month - 1
    return [f"{m // 12:04d}-{m % 12 + 1:02d}" for m in range(counted, counted - _MONTHS, -1)]


st.title(_("Availability"))
with speaking():
    month = pick(st, _("Month"), {month: month for month in _months()}, "month")
    found = items("/availability", month=month)
    rows = [
        {
            _("Institution"): item["agency"],
            _("Availability"): percent(item["availability"]),
            _("Devices"): item["devices"],
        }
        for item in found
    ]
    st.dataframe(rows, hide_index=True, key="availability", alt=_("Table of availability"))
    st.caption(
        _(
            "For each device: 1 − (seconds gone) / (seconds counted). Counted are the seconds of the month so far, "
            "without "
            "maintenance and without times in which the collector was silent. Gone is a device that does not "
            "answer, for whatever "
            "reason. An institution's figure is the mean of its devices."
        )
    )
