"""The one script that Streamlit runs. For now a single page: what the collectors see, read from the centre's API."""

import os
from typing import Any  # JSON documents

import httpx2
import streamlit as st

_API_VARIABLE, _TOKEN_VARIABLE = "VENTSPILS_DASHBOARD_API", "VENTSPILS_DASHBOARD_TOKEN"
_REFRESH_S = 10


def load(path: str) -> list[dict[str, Any]]:
    """Return the items of a list of the API."""
    headers = {"Authorization": f"Bearer {os.environ[_TOKEN_VARIABLE]}"}
    answer = httpx2.get(f"{os.environ[_API_VARIABLE]}{path}", headers=headers, timeout=10, trust_env=False)
    items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return items


@st.fragment(run_every=_REFRESH_S)
def show_overview() -> None:
    """Draw devices and conditions, or the sentence that says why there are none to draw."""
    try:
        conditions, devices = load("/conditions"), load("/devices?limit=1000")
    except httpx2.HTTPError:
        st.error("The centre does not answer. / Centrs neatbild.", icon=":material/cloud_off:")
        return
    left, right = st.columns(2)
    left.metric("Devices / Ierīces", len(devices))
    right.metric("Conditions / Stāvokļi", len(conditions))
    shown = [{key: c[key] for key in ("device", "rule", "object", "severity", "detail")} for c in conditions]
    if shown:
        st.dataframe(shown, hide_index=True)
    else:
        st.success("Nothing is wrong. / Viss kārtībā.", icon=":material/check_circle:")


def main() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Ventspils ICT", layout="wide")
    st.title("What the collectors see / Ko redz kolektori")
    if not (os.environ.get(_API_VARIABLE) and os.environ.get(_TOKEN_VARIABLE)):
        st.error(f"Set {_API_VARIABLE} and {_TOKEN_VARIABLE}.")
        return
    show_overview()


main()
