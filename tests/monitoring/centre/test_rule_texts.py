"""Every rule has its text in every language of the centre, with the same places to fill."""

import re

import pytest

from monitoring.centre.rule_texts import RULE_TEXTS, rule_text
from monitoring.collector.conditions import Rule
from ventspils.core.i18n import LANGUAGES


def test_rules_have_texts_in_the_centres_languages_and_no_other() -> None:
    assert set(RULE_TEXTS) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_of_collectors_has_a_text(language: str) -> None:
    assert set(RULE_TEXTS[language]) == {*Rule, "collector_silent"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_keeps_the_places_to_fill(language: str) -> None:
    for rule, english in RULE_TEXTS["en"].items():
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", RULE_TEXTS[language][rule])), rule


def test_a_rule_is_said_of_its_object() -> None:
    assert rule_text("utilisation", "lv", on="Gi0/1", detail="93") == "ports Gi0/1 ir pilns (93 %)"
    assert rule_text("unheard of", "lv", on="{x}", detail="{0}") == "{x} {0}"
