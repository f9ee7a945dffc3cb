"""How things look: states as icon, word and colour together; problems in people's words; refusals as one sentence."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import streamlit as st

from dashboard.api_client import Json, RefusedError, SignedOutError, UnreachableError
from dashboard.centre_words import centre_words
from dashboard.i18n import _, language

REFRESH_S = 5
WORST_FIRST = ("down", "critical", "warning", "unknown", "behind", "ok")
_ICONS = {
    "down": ":material/cancel:",
    "critical": ":material/error:",
    "warning": ":material/warning:",
    "unknown": ":material/help:",
    "behind": ":material/link_off:",
    "ok": ":material/check_circle:",
    "maintenance": ":material/build:",
}
_COLOURS: dict[str, Any] = {
    "down": "red", "critical": "red", "warning": "orange", "unknown": "gray", "behind": "gray", "ok": "green",
    "maintenance": "blue",
}  # fmt: skip
_MARKS = {"down": "✖", "critical": "✖", "warning": "▲", "unknown": "?", "behind": "○", "ok": "●"}
COLOURS_RGB = {
    "down": [200, 30, 30], "critical": [200, 30, 30], "warning": [230, 140, 20], "unknown": [130, 130, 130],
    "behind": [170, 170, 170], "ok": [40, 150, 70],
}  # fmt: skip


def state_word(state: str, because_of: str | None = None) -> str:
    """Return a state in people's words."""
    if state == "behind":
        return _("unreachable because of {name}").format(name=because_of or "?")
    return {
        "down": _("does not answer"),
        "critical": _("critical"),
        "warning": _("warning"),
        "unknown": _("no data"),
        "ok": _("fine"),
        "maintenance": _("maintenance"),
    }[state]


def badge(state: str, because_of: str | None = None) -> None:
    """Draw a state."""
    st.badge(plain(state_word(state, because_of)), icon=_ICONS[state], color=_COLOURS[state])


def marked(state: str, because_of: str | None = None) -> str:
    """Return a state as a mark and a word, for cells of tables."""
    return f"{_MARKS.get(state, '')} {state_word(state, because_of)}"


def worst(states: list[str]) -> str:
    """Return the worst of some states; what is only behind something else counts less than what is wrong itself."""
    return min(states, key=WORST_FIRST.index, default="ok")


def problem_word(problem: Json) -> str:
    """Return what is wrong, in people's words."""
    form = centre_words().rule_texts[language()].get(problem["rule"], "{object} {detail}")
    return form.replace("{object}", problem["object"].partition(" (1.3.")[0]).replace("{detail}", problem["detail"])


def handling_word(problem: Json) -> str:
    """Return who is on a problem, or how it is put aside."""
    state = problem["state"]
    if state == "acknowledged":
        return _("{name} is on it").format(name=problem["acknowledged_by"])
    return {
        "open": _("nobody's yet"),
        "suppressed": _("put aside"),
        "maintenance": _("maintenance"),
        "cleared": _("over"),
        "folded": _("explained by another"),
    }[state]


def role_word(role: str) -> str:
    """Return a role in people's words."""
    return {
        "viewer": _("viewer"), "operator": _("operator"), "planner": _("planner"), "manager": _("manager"),
        "partner": _("partner"), "admin": _("administrator"),
    }[role]  # fmt: skip


def pick(
    where: Any, label: str, words: Mapping[str, str], key: str, *, default: str | None = None, kind: str = "selectbox"
) -> str:
    """
    Let people choose one of some codes, and keep the code in the address under the key.

    Streamlit's own binding would put the word there, which differs from language to language.

    Args:
        where: What to draw in: `st` or a column.
        label: What is chosen.
        words: Codes with their words, at least one.
        key: Name in the address.
        default: Code where the address has none of these; the first unless told.
        kind: `selectbox` or `segmented_control`.
    """
    fallback = default if default in words else next(iter(words))
    present = st.query_params.get(key, fallback)
    widget = f"{key}-choice"
    st.session_state[widget] = present if present in words else fallback

    def keep() -> None:
        st.query_params[key] = st.session_state[widget]

    more = {"required": True} if kind == "segmented_control" else {}
    chosen: str = getattr(where, kind)(
        label, list(words), format_func=words.__getitem__, key=widget, on_change=keep, **more
    )
    return chosen


def plain(text: str) -> str:
    """Return text of devices and people as text: nothing in it is markup."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|$~:" else c for c in text.replace("\n", " "))


@contextmanager
def speaking() -> Iterator[None]:
    """Show what the centre refuses as its own sentence; the page goes on."""
    try:
        yield
    except RefusedError as error:
        st.error(plain(str(error)), icon=":material/block:")
    except UnreachableError:
        st.error(_("The centre does not answer; what you see is old."), icon=":material/cloud_off:")
    except SignedOutError:
        st.warning(_("You are signed out."), icon=":material/logout:")
        st.link_button(_("Sign in"), "/sign-in", key="sign-in-again")
