"""The words on the screen: which language, and numbers, times and durations as people write them in it."""

import gettext
import io
import os
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import streamlit as st
from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent

LANGUAGE_VARIABLE, ZONE_VARIABLE = "VENTSPILS_DASHBOARD_LANGUAGE", "VENTSPILS_DASHBOARD_ZONE"
_SOURCE = "en"  # the language of the texts in the code
_REGIONS = {"en": "en_GB"}  # day before month, also in English
_LOCALE = Path(__file__).with_name("locale")
_RATES = ((1e12, "Tbit/s"), (1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s"))


def language_name(code: str) -> str:
    """Return what a language calls itself."""
    name = Locale.parse(code).get_display_name(code) or code
    return name[0].upper() + name[1:]


# What is translated, beside what the texts are written in.
LANGUAGES = {
    code: language_name(code)
    for code in (_SOURCE, *sorted(file.parts[-3] for file in _LOCALE.glob("*/LC_MESSAGES/dashboard.po")))
}


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the translations into a language, compiled from its text once a process."""
    file = _LOCALE / language / "LC_MESSAGES" / "dashboard.po"
    if not file.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with file.open("rb") as text:
        write_mo(compiled, read_po(text, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def load_languages() -> None:
    """Read the texts and forms of every language, which otherwise the first reader waits for."""
    now = datetime.now(UTC)
    for code in LANGUAGES:
        catalogue(code)
        region = _REGIONS.get(code, code)
        format_datetime(now, "short", locale=region)
        format_timedelta(timedelta(1), locale=region)
        format_decimal(1.5, locale=region)


def choose(wanted: str | None, browser: str | None) -> str:
    """Return the first of ours among what is wanted, what the browser says, and the town's own."""
    for candidate in (wanted, browser, os.environ.get(LANGUAGE_VARIABLE)):
        if candidate and (short := candidate.replace("_", "-").partition("-")[0].lower()) in LANGUAGES:
            return short
    return _SOURCE


def language() -> str:
    """Return the language of this session."""
    return choose(st.query_params.get("lang") or st.session_state.get("lang"), st.context.locale)


def _(text: str) -> str:
    """Return a text in the language of this session."""
    return catalogue(language()).gettext(text)


def in_words(text: str) -> str:
    """Return a text of the prices that come with us, a unit or a note, in the language of this session."""
    return catalogue(language()).gettext(text) if text else text


def _region() -> str:
    """Return whose dates and numbers are meant."""
    return _REGIONS.get(language(), language())


def zone() -> ZoneInfo:
    """Return the town's time zone."""
    return ZoneInfo(os.environ.get(ZONE_VARIABLE, "Europe/Riga"))


def today() -> date:
    """Return the day that it is in the town."""
    return datetime.now(zone()).date()


def moment(text: str | None) -> str:
    """Return a time of the API in local form; a dash where there is none."""
    if text is None:
        return "–"
    return format_datetime(datetime.fromisoformat(text).astimezone(zone()), "short", locale=_region())


def day(text: str | None) -> str:
    """Return a day of the API in local form; a dash where there is none."""
    return "–" if text is None else format_date(date.fromisoformat(text), "short", locale=_region())


def euro(amount: float | None) -> str:
    """Return a sum of money in whole euros; no data where there is none."""
    return number(None if amount is None else round(amount), "€")


def cents(amount: float) -> str:
    """Return a sum of money to the cent."""
    return str(format_currency(amount, "EUR", locale=_region()))


def exact(amount: float, digits: int) -> str:
    """Return a number with so many digits after the point."""
    return str(format_decimal(amount, "#,##0." + "0" * digits, locale=_region()))


def age(text: str) -> str:
    """Return how long ago a time of the API was."""
    passed = datetime.now(UTC) - datetime.fromisoformat(text)
    return format_timedelta(max(passed, timedelta(0)), granularity="second", threshold=1.2, locale=_region())


def duration(seconds: float | None) -> str:
    """Return how long something lasts."""
    if seconds is None:
        return _("no data")
    return format_timedelta(timedelta(seconds=seconds), granularity="minute", threshold=1.5, locale=_region())


def number(value: float | None, unit: str = "") -> str:
    """Return a number with its unit; no data where there is none."""
    if value is None:
        return _("no data")
    return f"{format_decimal(round(value, 2), locale=_region())} {unit}".strip()


def percent(share: float | None) -> str:
    """Return a share from 0 to 1 in percent."""
    return _("no data") if share is None else format_percent(share, "#,##0.00 %", locale=_region())


def rate(bps: float | None) -> str:
    """Return bits per second in the unit that suits."""
    if bps is None:
        return _("no data")
    for size, unit in _RATES:
        if bps >= size:
            return number(bps / size, unit)
    return number(bps, "bit/s")
