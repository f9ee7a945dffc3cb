"""Every text that a page can show is there in Latvian too, with the same places to fill."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from dashboard.i18n import LANGUAGES, ZONE_VARIABLE, catalogue, choose, language_name, today
from ventspils.core import i18n as centre

FOLDER = Path(__file__).parent.parent.parent / "dashboard"


def texts() -> set[str]:
    """Return every text that stands in `_("...")` anywhere in the pages."""
    found = set()
    for file in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
                assert isinstance(node.args[0], ast.Constant), f"{file.name}:{node.lineno}"
                found.add(str(node.args[0].value))
    prices = tomllib.loads((FOLDER.parent / "gis" / "costs" / "parameters.toml").read_text(encoding="utf-8"))[
        "parameters"
    ].values()
    return found | {price[said] for price in prices for said in ("unit", "note")}


def translated() -> dict[str, str]:
    with (FOLDER / "locale" / "lv" / "LC_MESSAGES" / "dashboard.po").open("rb") as text:
        return {str(m.id): str(m.string) for m in read_po(text, locale="lv") if m.id and not m.fuzzy}


def test_latvian_has_every_text_and_no_other() -> None:
    assert set(translated()) == texts()
    assert all(translated().values())


def test_pages_and_messages_speak_the_same_languages() -> None:
    assert set(LANGUAGES) == set(centre.LANGUAGES)


@pytest.mark.parametrize(("code", "name"), [("en", "English"), ("lv", "Latviešu")])
def test_a_language_is_called_as_its_speakers_call_it(code: str, name: str) -> None:
    assert language_name(code) == name


def test_latvian_keeps_the_places_to_fill() -> None:
    for english, latvian in translated().items():
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", latvian)), english


def test_a_field_that_may_be_empty_says_so_in_the_readers_language() -> None:
    """Streamlit's own word for it is English in every language."""
    for file in FOLDER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and may_be_empty(node):
                assert any(keyword.arg == "placeholder" for keyword in node.keywords), f"{file.name}:{node.lineno}"


def may_be_empty(call: ast.Call) -> bool:
    """Whether a call draws a list of choices of which none need be chosen."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    is_open = "accept_new_options" in given or "None" in given.get("index", "")
    return name == "multiselect" or (name == "selectbox" and is_open)


@pytest.mark.parametrize(
    ("wanted", "browser", "expected"),
    [
        ("lv", "en-GB", "lv"),
        (None, "lv-LV", "lv"),
        (None, "lv_LV", "lv"),
        (None, "de-DE", "en"),
        ("xx", "lv", "lv"),
        (None, None, "en"),
    ],
)
def test_the_language_is_what_is_asked_for_else_the_browsers_else_english(
    wanted: str | None, browser: str | None, expected: str
) -> None:
    assert choose(wanted, browser) == expected


def test_what_has_no_translation_stays_as_it_is() -> None:
    assert catalogue("xx").gettext("Overview") == "Overview"


def test_today_is_the_day_in_the_town(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kiribati's clocks are 26 hours ahead of those of Baker Island, so that it is never the same day there."""
    days = []
    for zone in ("Etc/GMT+12", "Pacific/Kiritimati"):
        monkeypatch.setenv(ZONE_VARIABLE, zone)
        days.append(today())
    assert days[0] < days[1]


def test_every_price_is_called_in_words() -> None:
    source = ast.parse((FOLDER / "price_words.py").read_text(encoding="utf-8"))
    words = {
        key.value
        for node in ast.walk(source)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    }
    prices = tomllib.loads((FOLDER.parent / "gis" / "costs" / "parameters.toml").read_text(encoding="utf-8"))
    named = {name for name, price in prices["parameters"].items() if price["unit"] != "months"}
    assert {name for name in named if name not in words and name.partition(".")[0] not in words} == set()
